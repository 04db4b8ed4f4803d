// The upload tray on every page: totals, rate, time left, and the state of each file.

import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../icons.js';
import { boot, number, plural, size, text } from '../text.js';
import { duration, percent } from '../format.js';
import { redraw } from '../redraw.js';
import { vars } from '../vars.js';
import { clearFinished, drop, dropWaiting, pause, queue, resume, retry } from './queue.js';

/** The height of a line in CSS pixels, as in the style sheet. */
const LINE = 60;
const SPARE = 4;
const ORDER = ['sending', 'retrying', 'refused', 'waiting', 'done', 'there'];
const view = { open: true, top: 0 };

const sentence = (code) => boot.text[`error.${code}`] ?? text('upload.unreadable');

function state(item) {
  switch (item.state) {
    case 'waiting': return text('upload.waiting');
    case 'sending': return text('upload.sending', { share: percent(item.size ? item.sent / item.size : 1) });
    case 'retrying': return text('upload.retrying');
    case 'done': return text('upload.done');
    case 'there': return text('upload.there');
    default: return sentence(item.code);
  }
}

function acts(item) {
  const name = { name: item.name };
  if (item.state === 'refused') {
    return html`<button type="button" class="tool" aria-label=${text('upload.retry', name)}
        title=${text('upload.retry', name)} @click=${() => retry(item)}>${icon('retry')}</button>
      <button type="button" class="tool" aria-label=${text('upload.drop', name)}
        title=${text('upload.drop', name)} @click=${() => drop(item)}>${icon('close')}</button>`;
  }
  if (item.state === 'waiting') {
    return html`<button type="button" class="tool" aria-label=${text('upload.drop', name)}
      title=${text('upload.drop', name)} @click=${() => drop(item)}>${icon('close')}</button>`;
  }
  return item.state === 'done' || item.state === 'there' ? html`<span class="tick">${icon('check')}</span>` : nothing;
}

const line = (item, at) => html`<li class="line is-${item.state}" ${vars({ '--top': `${at * LINE}px`,
  '--share': `${item.size ? (100 * item.sent) / item.size : 0}%` })}>
  <div><p class="name" title=${item.name}>${item.name}</p>
    <p class="state" title=${state(item)}>${state(item)}</p></div>${acts(item)}</li>`;

/** A virtual list: only the visible lines. */
function lines() {
  const items = ORDER.flatMap((wanted) => queue.items.filter((item) => item.state === wanted));
  const first = Math.max(0, Math.floor(view.top / LINE) - SPARE);
  const shown = items.slice(first, first + Math.ceil(360 / LINE) + 2 * SPARE);
  return html`<div class="lines" tabindex="0" role="region" aria-label=${text('upload.files')}
    ${vars({ '--height': `${items.length * LINE}px` })}
    @scroll=${(event) => { view.top = event.target.scrollTop; redraw(); }}>
    <ul>
      ${repeat(shown, ({ id }) => id, (item, at) => line(item, first + at))}</ul></div>`;
}

function title() {
  const { tally, paused } = queue;
  if (!tally.left) return plural('upload.finished', tally.finished - tally.states.refused);
  const values = { done: number(tally.finished), all: number(tally.items) };
  return paused ? text('upload.paused', values) : text('upload.busy', values);
}

function pace() {
  const { tally, paused, trouble } = queue;
  const { refused, there, retrying } = tally.states;
  const rate = tally.rate();
  const left = tally.bytes - tally.settled;
  return [
    trouble && sentence(trouble),
    retrying && !paused && text('upload.offline'),
    tally.left && !paused && !retrying && rate
      && text('upload.pace', { rate: size(rate), left: duration(left / rate) }),
    there && plural('upload.there_count', there),
    refused && plural('upload.refused_count', refused),
  ].filter(Boolean).map((one) => html`<span>${one}</span>`);
}

const buttons = (folds) => html`
  ${queue.tally.left ? html`<button type="button" class="button quiet compact"
    @click=${() => (queue.paused ? resume() : pause())}>
      ${icon(queue.paused ? 'play' : 'pause')}
        ${queue.paused ? text('upload.resume') : text('upload.pause')}</button>`
    : html`<button type="button" class="button quiet compact" @click=${clearFinished}>
      ${text('upload.clear')}</button>`}
  ${folds ? html`<button type="button" class="tool" aria-expanded=${view.open} aria-label=${text('upload.files')}
    @click=${() => { view.open = !view.open; redraw(); }}>${icon('down')}</button>` : nothing}`;

const cancel = () => html`<footer><button type="button" class="button quiet compact" @click=${dropWaiting}>
  ${icon('close')}${text('upload.cancel')}</button></footer>`;

/** With `folds`, as where it covers the page, its list can be hidden. */
export function tray({ folds = true } = {}) {
  if (!queue.items.length) return nothing;
  return html`<aside class="tray ${view.open ? 'open' : ''}" aria-label=${text('upload.title')}>
    <header><div><p class="tray-title">${title()}</p><p class="pace">${pace()}</p></div>${buttons(folds)}</header>
    <progress max="1" .value=${queue.tally.share} aria-label=${text('upload.title')}></progress>
    ${view.open ? lines() : nothing}
    ${view.open && queue.tally.states.waiting ? cancel() : nothing}
  </aside>`;
}
