// The first views of a guest: password, consent with its equal alternative without a selfie, closed event, loading.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { boot, dayAt, text } from '../shared/text.js';
import { icon } from '../shared/icons.js';
import { agree, attempt, enter, event, photographerLink, state } from './state.js';

const matchesOnly = () => event.visibility === 'matches';

async function submit(submitted) {
  submitted.preventDefault();
  const field = submitted.target.elements.password;
  const done = await attempt(() => enter({ password: field.value }));
  if (done) return;
  field.value = '';
  field.focus();
}

const show = ({ target }) => { target.form.elements.password.type = target.checked ? 'text' : 'password'; };

export const password = () => html`
  <section class="column appear">
    <form class="card stack" @submit=${submit}>
      <h2 tabindex="-1">${text('password.title')}</h2>
      <p class="faint">${text('password.hint')}</p>
      <label class="field">${text('password.label')}
        <input name="password" type="password" autocomplete="off" autocapitalize="none" required
          aria-invalid=${state.problem ? 'true' : nothing}>
      </label>
      <label class="check"><input type="checkbox" @change=${show}>${text('password.show')}</label>
      <button class="button full">${text('password.enter')}</button>
    </form>
  </section>`;

const point = (sign, words) => html`<li>${sign}<p class="small">${words}</p></li>`;

/** A link to the photographer, if there is one. */
export const contactLink = () => (photographerLink ? html`
  <a class="link" href=${photographerLink} rel="noopener noreferrer">
    ${text('page.ask', { name: event.photographer ?? event.name })}</a>` : nothing);

/** When the photographer's computer deletes what, in sentences. */
export const ends = () => [
  event.faces_delete_at && event.faces_delete_at !== event.delete_at && !state.ended
    ? text('consent.faces_deleted', { date: dayAt(event.faces_delete_at, event.time_zone) }) : '',
  event.delete_at ? text('consent.deleted', { date: dayAt(event.delete_at, event.time_zone) }) : '',
].join(' ').trim();

const kept = () =>
  [text('consent.keep', { hours: boot.selfie_hours, minutes: boot.grace_minutes }), ends()].join(' ').trim();

const seen = () => [
  text(event.tap_search ? 'consent.who_tap' : 'consent.who'),
  matchesOnly() ? text('consent.count') : '',
].join(' ');

export const consent = () => html`
  <section class="column welcome appear">
    ${state.photos ? nothing : html`<p class="notice">${text('consent.early')}</p>`}
    <div class="card stack">
      <h2 tabindex="-1">${text('consent.title')}</h2>
      <ul class="points">
        ${point(icon('face'), text('consent.what'))}
        ${event.tap_search ? point(icon('person'), text('consent.tap')) : nothing}
        ${point(icon('clock'), kept())}
        ${point(icon('shield'), seen())}
      </ul>
    </div>
    <div class="ways">
      <button class="button full" type="button" @click=${() => attempt(agree)}>
        ${icon('face')}<span>${text('consent.agree')}</span></button>
      ${matchesOnly() ? nothing : html`
        <a class="button full" href="#all">${icon('grid')}<span>${text('consent.browse')}</span></a>`}
    </div>
    ${matchesOnly()
      ? html`<div class="small faint"><p>${text(event.tap_search ? 'consent.only_tap' : 'consent.only')}</p>
        ${contactLink()}</div>`
      : html`<p class="small faint">${text('consent.free')}</p>`}
  </section>`;

export const closed = () => html`
  <section class="column empty appear">
    ${icon('clock')}
    <h2 tabindex="-1">${text(state.deleted ? 'closed.deleted' : 'closed.title')}</h2>
    <p class="faint">${text(state.deleted ? 'closed.deleted.hint' : 'closed.hint')}</p>
    ${contactLink()}
  </section>`;

/** The faces were deleted: nobody is found any more, and the photos stay. */
export const ended = () => html`
  <section class="column empty appear">
    ${icon('face')}
    <h2 tabindex="-1">${text('ended.title')}</h2>
    <p class="faint">${text(matchesOnly() ? 'ended.hint_own' : 'ended.hint')}</p>
    ${matchesOnly() ? nothing : html`<a class="button" href="#all">${icon('grid')}${text('results.browse')}</a>`}
    ${contactLink()}
  </section>`;

/** Loading, or a button to retry. */
export const wait = (retry) => html`
  <section class="column empty" aria-busy=${state.problem ? 'false' : 'true'}>
    ${state.problem
      ? html`<button class="button" type="button" @click=${retry}>${text('page.retry')}</button>`
      : html`<p class="pulse"></p><p class="faint" role="status">${text('page.loading')}</p>`}
  </section>`;

/** Shown before the first photo. */
export const waitingForPhotos = () => html`
  <div class="empty">
    <p class="pulse"></p>
    <h3>${text('page.waiting')}</h3>
    <p class="faint">${text('page.waiting.hint')}</p>
  </div>`;
