// Choosing several photos: all at once into a ZIP, whose size is said before it is fetched, or among the saved ones.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { plural, reason, size, text } from '../shared/text.js';
import { send } from '../shared/api.js';
import * as icons from '../shared/icons.js';
import { base, bookmark, change, event, state } from './state.js';
import { toast } from '../shared/toast.js';

/** What the server would put together, for the ids that were chosen then. */
let offer = null;
let problem = null;
let working = false;

/** While something is being chosen, a press on a tile chooses. Whether it did. */
export function press(photo) {
  if (!state.chosen) return false;
  const chosen = new Set(state.chosen);
  if (!chosen.delete(photo.id)) chosen.add(photo.id);
  set(chosen);
  return true;
}

function set(chosen) {
  offer = null;
  problem = null;
  change({ chosen });
}

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

const measure = () => work(async () => {
  offer = await send('POST', `${base}/zip`, { json: { ids: [...state.chosen] } });
});

const save = (photos) => work(async () => {
  const chosen = photos.filter(({ id }) => state.chosen.has(id));
  for (const photo of chosen) if (!photo.bookmarked) await bookmark(photo, true);
  set(null);
  toast(plural('saved.count', chosen.length));
});

const amount = () => text(offer.exact ? 'choose.zip' : 'choose.zip.about', { size: size(offer.bytes) });

const zip = (none) => (offer
  ? html`<a class="button compact" href=${offer.address} download @click=${() => setTimeout(() => set(null))}>
      ${icons.download()}${amount()}</a>`
  : html`<button class="button compact" type="button" ?disabled=${none || working} @click=${measure}>
      ${icons.download()}${text('choose.download')}</button>`);

/** The bar at the bottom, while photos of these are being chosen. */
export function chooseBar(photos) {
  if (!state.chosen) return nothing;
  const [count, none] = [state.chosen.size, !state.chosen.size];
  const whole = count >= photos.length;
  return html`
    <div class="choose" role="region" aria-label=${text('choose.begin')}>
      <p role="status">${problem ?? plural('choose.count', count)}</p>
      <button class="link" type="button"
        @click=${() => set(new Set(whole ? [] : photos.map(({ id }) => id)))}>
        ${text(whole ? 'choose.none' : 'choose.all')}</button>
      <div class="choices">
        <button class="button quiet compact" type="button" ?disabled=${none || working} @click=${() => save(photos)}>
          ${icons.heart(false)}${text('photo.save')}</button>
        ${event.download === 'nothing' ? nothing : zip(none)}
      </div>
    </div>`;
}
