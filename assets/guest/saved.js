// The photos that the guest saved in this event, and those that they took away.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { boot, plural, text } from '../shared/text.js';
import { send } from '../shared/api.js';
import { Grid } from '../shared/grid.js';
import { toast, toastProblem } from '../shared/toast.js';
import { address, base, change, fetchMatches, mark, state } from './state.js';
import { view } from './view.js';
import { chooseBar, press } from './choose.js';

let [saved, removed, kept] = [null, [], null];
const grid = new Grid({
  address,
  label: text('saved.title'),
  open: (index, photos) => press(photos[index]) || view(() => saved, index, grid),
});
const removedGrid = new Grid({ address, label: text('saved.removed'), open: (index, photos) => restore(photos[index]) });

async function fetchAll() {
  try {
    saved = (await send('GET', `${base}/bookmarks`)).items;
    removed = (await send('GET', `${base}/removed`)).items;
    if (saved.length && boot.user) kept = (await send('POST', `${base}/keep`)).kept;
  } catch (error) {
    saved ??= [];
    toastProblem(error);
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

const next = `/account?next=${encodeURIComponent(base)}`;
const keep = () => (boot.user
  ? html`<p class="notice">${kept ? plural('saved.kept', kept) : text('saved.kept.already')} <a href="/account">${text('saved.account')}</a></p>`
  : html`<p class="notice">${text('saved.sign_in.hint')} <a href=${next}>${text('saved.sign_in')}</a></p>`);

/** Fetched anew whenever the guest comes back to this view. */
let asked = false;
addEventListener('hashchange', () => { asked = false; });

export function savedView() {
  if (!asked) queueMicrotask(fetchAll);
  asked = true;
  const list = (saved ?? []).filter(({ bookmarked }) => bookmarked !== false);
  const { chosen } = state;
  return html`
    <section class="wide gallery appear">
      <div class="titles">
        <div><h2 tabindex="-1">${text('saved.title')}</h2>
          <p class="small faint">${list.length ? plural('saved.number', list.length) : nothing}</p></div>
        ${list.length ? html`<button class="button quiet compact" type="button" aria-pressed=${chosen ? 'true' : 'false'}
          @click=${() => change({ chosen: chosen ? null : new Set() })}>
          ${text(chosen ? 'choose.end' : 'choose.begin')}</button>` : nothing}
      </div>
      ${list.length ? html`${keep()}${grid.show(list, { chosen })}`
        : html`<div class="empty"><p class="faint">${saved ? text('saved.none') : text('page.loading')}</p></div>`}
      ${removed.length ? html`
        <div class="divide"><h3>${text('saved.removed')}</h3><p class="small faint">${text('saved.removed.hint')}</p></div>
        <div class="away">${removedGrid.show(removed)}</div>` : nothing}
    </section>
    ${chooseBar(list)}`;
}
