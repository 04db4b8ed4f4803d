// A source as a card: what it is, how it does, and what can be done with it.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { ago } from '../../shared/format.js';
import { icon } from '../../shared/icons.js';
import { number, plural, text } from '../../shared/text.js';
import { eventLink } from '../core/router.js';
import { KINDS, troubleSentence } from './kinds.js';

/** How a source does: a class of the style sheet, and words. */
function health({ paused, trouble, photos }) {
  if (paused) return ['paused', text('studio.sources.paused')];
  if (trouble) return ['troubled', text('studio.sources.troubled')];
  return photos ? ['working', text('studio.sources.working')] : ['ready', text('studio.sources.ready')];
}

const fact = (label, value) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;

function count({ kind, photos, photos_today: today, max_photos: most }) {
  if (most && kind !== 'guests') return text('studio.sources.of', { count: number(photos), most: number(most) });
  return photos === today ? number(today)
    : html`${number(today)} <span class="faint">${plural('studio.sources.in_all', photos)}</span>`;
}

const facts = (source) => html`<dl class="source-facts">
  ${fact(source.max_photos && source.kind !== 'guests' ? text('studio.sources.photos') : text('studio.sources.today'),
    count(source))}
  ${fact(text('studio.sources.last'), source.last_photo_at ? ago(source.last_photo_at) : '–')}
  ${fact(text('studio.sources.rate'), number(Math.round(10 * source.photos_per_minute) / 10))}</dl>`;

const trouble = ({ trouble: what, paused }) => (what && !paused ? html`<div class="problem small" role="status">
  <p><strong>${troubleSentence(what.code)}</strong></p>
  ${what.detail ? html`<p class="reason">${what.detail}</p>` : nothing}
  <p>${ago(what.at)}</p></div>` : nothing);

const place = ({ kind, folder, login, seen_at: seen }) => html`
  ${folder ? html`<p class="hint"><code>${folder}</code></p>` : nothing}
  ${login ? html`<p class="hint">${text('source.user')}: <code>${login}</code></p>` : nothing}
  ${kind === 'camera' && seen
    ? html`<p class="hint">${text('studio.sources.seen', { time: ago(seen) })}</p>` : nothing}`;

const waiting = (id, { waiting: held }) => (held ? html`<p class="notice">
  <span>${plural('studio.approve.waiting', held)}</span>
  <a href=${eventLink(id, 'photos')}>${text('studio.approve.look')}</a></p>` : nothing);

const act = (source, sign, label, run, kind = 'quiet') => html`<button type="button" class="button ${kind} compact"
  aria-label="${label}: ${source.name}" @click=${() => run(source)}>${icon(sign)}${label}</button>`;

/** The way in, for the kinds that have one: icon, label, and the words for a new one. */
const OPEN = {
  camera: ['camera', text('studio.setup.title'), text('studio.setup.new_password')],
  contributor: ['share', text('studio.setup.link'), text('studio.setup.new_link')],
};

/** `run` has what the buttons do. */
export function card(id, source, run) {
  const { kind, name, credit, paused } = source;
  const { sign, label } = KINDS[kind];
  const [state, words] = health(source);
  const [openSign, openLabel, renewLabel] = OPEN[kind] ?? [];
  return html`<li class="card source is-${state}" id="source-${source.id}">
    <header>${icon(sign)}<div><h2>${name}</h2>
      <p class="faint">${name === label ? nothing : html`<span>${label}</span>`}${credit ? html`
        <span>${text('studio.sources.credit', { name: credit })}</span>` : nothing}</p></div>
      <span class="chip ${state}" role="status">${words}</span></header>
    ${trouble(source)}${place(source)}${facts(source)}${waiting(id, source)}
    <div class="acts">
      ${openSign ? act(source, openSign, openLabel, run.open, '') : nothing}
      ${paused ? act(source, 'play', text('studio.sources.resume'), run.pause)
        : act(source, 'pause', text('studio.sources.pause'), run.pause)}
      ${act(source, 'settings', text('studio.sources.edit'), run.edit)}
      ${renewLabel ? act(source, 'retry', renewLabel, run.renew) : nothing}
      ${act(source, 'delete', text('studio.sources.remove'), run.remove, 'danger')}
    </div></li>`;
}
