// The checklist up to the first guest who finds a photo. Each step is derived from real data.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { number, text } from '../../shared/text.js';
import { recall, remember } from '../core/memory.js';
import { redraw } from '../../shared/redraw.js';
import { eventLink } from '../core/router.js';
import { vars } from '../../shared/vars.js';

const DISMISSED = 'checklist.dismissed';
const DONE = 'checklist.done';
/** The names of steps that were done once: another event does not undo them. */
const STEPS = 'checklist.steps';

export const wasDismissed = () => recall(DISMISSED, false);
export const isDone = () => recall(DONE, false);

/** Remembers that the photographer has seen the QR code of an event. */
export const rememberShared = () => keep(['qr']);

function keep(names) {
  const known = recall(STEPS, []);
  if (names.some((name) => !known.includes(name))) remember(STEPS, [...new Set([...known, ...names])]);
}

function dismiss() {
  remember(DISMISSED, true);
  redraw();
}

function steps({ event, progress, totals, status }) {
  const link = (page) => (event ? eventLink(event.id, page) : null);
  const was = recall(STEPS, []);
  const all = [
    { name: 'admin', done: true, label: text('studio.first.admin'), hint: text('studio.first.admin_hint') },
    { name: 'event', done: Boolean(event), label: text('studio.first.event'), hint: text('studio.first.event_hint'),
      link: '#/new' },
    { name: 'photos', done: Boolean(progress?.received), label: text('studio.first.photos'),
      hint: text('studio.first.photos_hint'), link: link('photos') },
    { name: 'searchable', done: Boolean(progress?.visible), label: text('studio.first.searchable'),
      hint: progress?.pending ? text('studio.first.searchable_busy', { count: number(progress.pending) })
        : text('studio.first.searchable_hint'), link: link('photos') },
    // Only a phone that came shows that phones can: the step is for computers that certainly cannot be reached.
    ...(status?.local_only
      ? [{ name: 'network', done: false, label: text('studio.first.network'),
        hint: text('studio.first.network_local') }] : []),
    { name: 'qr', done: Boolean(totals?.guests), label: text('studio.first.qr'), hint: text('studio.first.qr_hint'),
      link: link('share') },
    { name: 'guest', done: Boolean(totals?.guests), label: text('studio.first.guest'),
      hint: text('studio.first.guest_hint'), link: link('live') },
    { name: 'hit', done: Boolean(totals?.hits), label: text('studio.first.hit'), hint: text('studio.first.hit_hint'),
      link: link('live') },
  ];
  return all.map((one) => ({ ...one, done: one.done || was.includes(one.name) }));
}

/** Keeps the steps that are done; once all are, the checklist never returns. */
export function rememberDone(facts) {
  const done = steps(facts).filter((one) => one.done);
  keep(done.map(({ name }) => name));
  if (done.length === steps(facts).length) remember(DONE, true);
}

/**
 * @param {{done: boolean, label: string, hint: string, link?: string | null}} step
 * @param {boolean} isNext
 */
function step({ done, label, hint, link }, isNext) {
  const name = link && !done ? html`<a href=${link}>${label}</a>` : label;
  return html`<li class="${done ? 'done' : ''} ${isNext ? 'next' : ''}">
    <span class="tick">${done ? icon('check') : nothing}</span>
    <div><strong>${name}</strong><span class="said">
      ${done ? text('studio.first.done') : text('studio.first.open')}</span>
      ${done ? nothing : html`<p>${hint}</p>`}</div></li>`;
}

export function checklist(facts) {
  const all = steps(facts);
  const done = all.filter((one) => one.done).length;
  const next = all.find((one) => !one.done);
  return html`<section class="card checklist" aria-labelledby="first">
    <header><div><h2 id="first">${text('studio.first.title')}</h2>
      <p class="faint">${text('studio.first.progress', { done: number(done), all: number(all.length) })}</p></div>
      <button type="button" class="link" @click=${dismiss}>${text('studio.first.dismiss')}</button></header>
    <div class="bar" aria-hidden="true" ${vars({ '--share': `${(100 * done) / all.length}%` })}></div>
    <ol>${all.map((one) => step(one, one === next))}</ol>
  </section>`;
}
