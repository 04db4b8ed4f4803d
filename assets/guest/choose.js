// Selecting several photos: to download them as a ZIP of known size, or to make them favourites.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { number, plural, reason, size, text } from '../shared/text.js';
import { send } from '../shared/api.js';
import { icon } from '../shared/icons.js';
import { MOST as MOST_SHARED, canShare, share } from '../shared/share.js';
import { address, base, change, event, state } from './state.js';
import { bookmark } from './marks.js';
import { toast } from '../shared/toast.js';

/** The server's limit for one ZIP. */
export const MOST = 2_000;

let problem = null;
let working = false;

/** Toggles a photo while photos are being selected; false otherwise. */
export function press(photo) {
  if (!state.chosen) return false;
  const chosen = new Map(state.chosen);
  if (!chosen.delete(photo.id)) chosen.set(photo.id, photo);
  set(chosen);
  return true;
}

function set(chosen) {
  problem = null;
  change({ chosen });
}

// A selection ends with its view.
addEventListener('hashchange', () => state.chosen && set(null));

/** Starts and ends selecting. */
export const chooseButton = () => html`
  <button class="button quiet compact" type="button" aria-pressed=${state.chosen ? 'true' : 'false'}
    @click=${() => set(state.chosen ? null : new Map())}>
    ${text(state.chosen ? 'choose.end' : 'choose.begin')}</button>`;

async function work(action) {
  working = true;
  problem = null;
  change({});
  try {
    await action();
  } catch (error) {
    problem = reason(error);
  }
  working = false;
  change({});
}

const download = () => work(async () => {
  const zip = await send('POST', `${base}/zip`, { json: { ids: [...state.chosen?.keys() ?? []] } });
  Object.assign(document.createElement('a'), { href: zip.address, download: '' }).click();
  set(null);
  toast(text(zip.exact ? 'choose.zip' : 'choose.zip.about', { size: size(zip.bytes) }));
});

const save = () => work(async () => {
  const chosen = [...state.chosen?.values() ?? []];
  for (const photo of chosen) if (!photo.bookmarked) await bookmark(photo, true);
  set(null);
  toast(plural('saved.count', chosen.length));
});

const zip = (none) => html`
  <button class="button compact" type="button" ?disabled=${none || working} @click=${download}>
    ${icon('download')}${text('choose.download')}</button>`;

/** For few photos, and only where the phone has a share sheet. */
const sheet = (count) => html`
  <button class="button compact" type="button" ?disabled=${!count || working}
    @click=${() => work(() => share([...state.chosen?.values() ?? []], address))}>
    ${icon('share')}${text('photo.share')}</button>`;

/** Selects all, unless the guest ended selecting meanwhile. */
const chooseAll = (all) => work(async () => {
  const photos = await all();
  if (state.chosen) set(new Map(photos.map((photo) => [photo.id, photo])));
});

function allOrNone(total, all, name) {
  const most = Math.min(total, MOST);
  if ((state.chosen?.size ?? 0) >= most) return [text('choose.none'), () => set(new Map())];
  return [total > MOST ? text('choose.first', { count: number(MOST) }) : text(name), () => chooseAll(all)];
}

/** The bar shown while selecting; `all()` gives the first `MOST` of the `total` photos that one tap selects. */
export function chooseBar(total, all, name = 'choose.all') {
  if (!state.chosen) return nothing;
  const [count, none] = [state.chosen.size, !state.chosen.size];
  const [words, turn] = allOrNone(total, all, name);
  return html`
    <div class="choose" role="region" aria-label=${text('choose.begin')}>
      <p role="status">${problem ?? plural('choose.count', count)}</p>
      <button class="link" type="button" ?disabled=${working} @click=${turn}>${words}</button>
      <div class="choices">
        <button class="button quiet compact" type="button" ?disabled=${none || working} @click=${save}>
          ${icon('heart', false)}${text('photo.save')}</button>
        ${event.download === 'nothing' ? nothing : zip(none)}
        ${event.download !== 'nothing' && count <= MOST_SHARED && canShare() ? sheet(count) : nothing}
      </div>
    </div>`;
}
