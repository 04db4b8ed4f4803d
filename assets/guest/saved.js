// The guest's favourites in this event, and the photos they removed from their results.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { boot, plural, reason, text } from '../shared/text.js';
import { send } from '../shared/api.js';
import { Grid } from '../shared/grid.js';
import { toast, toastProblem } from '../shared/toast.js';
import { address, base, change, state } from './state.js';
import { fetchMatches } from './search.js';
import { keep, mark } from './marks.js';
import { openPhoto } from './open-photo.js';
import { chooseBar, chooseButton, press } from './choose.js';

/** @type {GuestPhoto[] | null} */
let saved = null;
/** @type {GuestPhoto[]} */
let removed = [];
/** How many favourites were copied into the account just now. @type {number | null} */
let kept = null;
/** @type {string | null} */
let problem = null;
const grid = new Grid({
  address,
  label: text('saved.title'),
  open: (index, photos) => press(photos[index]) || openPhoto(() => saved, index, grid),
});
const removedGrid = new Grid({
  address,
  label: text('saved.removed'),
  open: (index, photos) => restore(photos[index]),
});

async function fetchAll() {
  problem = null;
  try {
    const { items } = await send('GET', `${base}/bookmarks`);
    saved = items;
    removed = (await send('GET', `${base}/removed`)).items;
    if (items.length) kept = await keep();
  } catch (error) {
    problem = reason(error);
  }
  change({});
}

async function restore(photo) {
  try {
    await mark(photo, photo.kind, false);
    removed = removed.filter(({ id }) => id !== photo.id);
    change({ removed: Math.max(0, state.removed - 1) });
    toast(text('saved.restored'));
    if (state.searching) await fetchMatches();
  } catch (error) {
    toastProblem(error);
  }
}

const next = `/account?next=${encodeURIComponent(`${base}#saved`)}`;
function account() {
  if (boot.user) return html`<p class="notice">${kept ? plural('saved.kept', kept) : text('saved.kept.already')}
    <a href="/account">${text('saved.account')}</a></p>`;
  return boot.accounts
    ? html`<p class="notice">${text('saved.sign_in.hint')} <a href=${next}>${text('saved.sign_in')}</a></p>` : nothing;
}

/** Fetched again whenever the guest returns to this view. */
let [asked, entry] = [false, state.entry];
addEventListener('hashchange', () => { asked = false; });

const failed = () => html`<div class="empty"><p class="problem" role="alert">${problem}</p>
  <button class="button" type="button" @click=${fetchAll}>${text('page.retry')}</button></div>`;

function none() {
  if (problem) return nothing;
  return html`<div class="empty"><p class="faint">${saved ? text('saved.none') : text('page.loading')}</p></div>`;
}

export function savedView() {
  // Favourites belong to one entry.
  if (entry !== state.entry) [asked, entry, saved, removed, kept] = [false, state.entry, null, [], null];
  if (!asked) queueMicrotask(fetchAll);
  asked = true;
  const list = (saved ?? []).filter(({ bookmarked }) => bookmarked !== false);
  const { chosen } = state;
  return html`
    <section class="wide gallery appear">
      <div class="titles">
        <div><h2 tabindex="-1">${text('saved.title')}</h2>
          <p class="small faint">${list.length ? plural('saved.number', list.length) : nothing}</p></div>
        ${list.length ? chooseButton() : nothing}
      </div>
      ${problem ? failed() : nothing}
      ${list.length ? html`${account()}${grid.show(list, { chosen })}` : none()}
      ${removed.length ? html`
        <div class="divide"><h3>${text('saved.removed')}</h3>
          <p class="small faint">${text('saved.removed.hint')}</p></div>
        <div class="away">${removedGrid.show(removed)}</div>` : nothing}
    </section>
    ${chooseBar(list.length, () => list)}`;
}
