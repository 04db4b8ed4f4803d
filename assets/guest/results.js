// The guest's matches: sure ones first, then those that may be the guest.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { number, plural, text } from '../shared/text.js';
import { icon } from '../shared/icons.js';
import { Grid } from '../shared/grid.js';
import { address, attempt, change, event, state } from './state.js';
import { endTap, forgetFace } from './search.js';
import { openPhoto } from './open-photo.js';
import { chooseBar, chooseButton, press } from './choose.js';
import { connectionState } from './connection.js';
import { takeWaiting } from './news.js';
import { waitingForPhotos } from './welcome.js';

/** So many selfies count together; a few sure photos leave some to be found. */
const [MOST_SELFIES, FEW] = [5, 3];

const all = () => [...state.sure, ...state.maybe];
const open = (offset) => (index, photos) => {
  if (!press(photos[index])) openPhoto(all, offset() + index, grids);
};
const grids = {
  sure: new Grid({ address, open: open(() => 0) }),
  maybe: new Grid({ address, open: open(() => state.sure.length) }),
  focus(photo) {
    this.sure.focus(photo);
    this.maybe.focus(photo);
  },
};

/** The sentences about the guest's photos, or about those of the person whose face the guest tapped. */
const own = {
  found: 'results.found', sure: 'results.sure', maybe: 'results.maybe',
  hint: 'results.maybe.hint', fresh: 'results.new',
};
const tapped = {
  found: 'results.tapped.found', sure: 'results.tapped.sure', maybe: 'results.tapped.maybe',
  hint: 'results.tapped.maybe.hint', fresh: 'results.tapped.new',
};
const words = () => (state.tapped ? tapped : own);

function heading() {
  if (state.sure.length) return plural(words().found, state.sure.length);
  return state.maybe.length ? plural('results.perhaps', state.maybe.length) : text('results.none');
}

const pill = () => {
  const count = state.waiting.sure.length + state.waiting.maybe.length;
  return html`<div class="pill-place" role="status">${count ? html`
    <button class="button compact pill" type="button" @click=${takeWaiting}>
      ${icon('up')}${plural(words().fresh, count)}</button>` : nothing}</div>`;
};

/** With how many selfies, or for whom, unless one guest has one. */
function searchedFor() {
  const count = number(state.people);
  const people = text(state.mode === 'all' ? 'results.people.all' : 'results.people.any', { count });
  if (state.tapped || (state.people < 2 && state.selfies < 2)) return nothing;
  return html`<p class="small faint">${state.people > 1 ? people : plural('results.selfies', state.selfies)}</p>`;
}

/** The way back from the photos of another person. */
const back = () => (state.selfies
  ? html`<button class="button compact" type="button" @click=${() => attempt(endTap)}>
      ${icon('back')}${text('results.own')}</button>`
  : html`<button class="button compact" type="button" @click=${() => change({ again: 'replace' })}>
      ${icon('camera')}${text('selfie.take')}</button>`);

/** Whether another selfie would probably find more. */
const needsMore = () => state.sure.length <= FEW || state.maybe.length > state.sure.length;

const offer = () => html`
  <div class="offer ${needsMore() ? 'notice' : ''}">
    <p class="small"><b>${text('results.add.title')}</b> ${text('results.add.hint')}</p>
    <button class="button compact ${needsMore() ? '' : 'quiet'}" type="button" @click=${() => change({ again: 'add' })}>
      ${icon('camera')}${text('selfie.add')}</button>
  </div>`;

const none = () => (state.photos ? html`
  <div class="empty">
    <p class="pulse"></p>
    <p class="faint">${text('results.none.hint')}</p>
    ${event.visibility === 'all' ? html`<a class="button quiet" href="#all">${text('results.browse')}</a>` : nothing}
  </div>` : waitingForPhotos());

export function results() {
  const [count, chosen, fresh] = [all().length, state.chosen, state.fresh];
  const offered = state.photos && !state.tapped && state.people < 2 && state.selfies < MOST_SELFIES && !chosen;
  const options = { chosen, fresh, count };
  return html`
    ${pill()}
    <section class="wide gallery appear">
      <div class="titles">
        ${state.selfie && !state.tapped
          ? html`<img class="me" src=${state.selfie} alt=${text('selfie.yours')}>` : nothing}
        <div><h2 tabindex="-1">${heading()}</h2>
          ${searchedFor()}
          ${connectionState()}</div>
        ${count ? chooseButton() : nothing}
      </div>
      ${state.tapped ? html`<p class="back">${back()}</p>` : nothing}
      ${count ? nothing : none()}
      ${offered && needsMore() ? offer() : nothing}
      ${state.sure.length ? grids.sure.show(state.sure, { ...options, label: text(words().sure) }) : nothing}
      ${state.maybe.length ? html`
        <div class="divide"><h3>${text(words().maybe)}</h3>
          <p class="small faint">${text(words().hint)}</p></div>
        ${grids.maybe.show(state.maybe, { ...options, before: state.sure.length, label: text(words().maybe) })}`
        : nothing}
      ${offered && !needsMore() ? offer() : nothing}
      <div class="after">
        ${state.removed ? html`<a class="link" href="#saved">${plural('results.removed', state.removed)}</a>` : nothing}
        <button class="link" type="button" @click=${() => change({ again: 'replace' })}>
          ${text('results.again')}</button>
        <button class="link" type="button" @click=${() => attempt(forgetFace)}>${text('privacy.face')}</button>
      </div>
    </section>
    ${state.sure.length && state.maybe.length
      ? chooseBar(state.sure.length, () => state.sure, 'choose.sure') : chooseBar(count, all)}`;
}
