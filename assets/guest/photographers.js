// Whose photos the guest looks at, where several people took some.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { send } from '../shared/api.js';
import { number, text } from '../shared/text.js';
import { base, event } from './state.js';

/** Who took the event's photos, most first; empty: its photographer. @type {{credit: string, photos: number}[]} */
let credits = [];
/** Whose are shown; null: everyone's. @type {string | null} */
let chosen = null;

/** What a query has to say about it. */
export const creditQuery = () => (chosen === null ? '' : `&credit=${encodeURIComponent(chosen)}`);

export async function readCredits() {
  credits = (await send('GET', `${base}/photos/credits`)).items;
  // Their last photo is gone.
  if (!credits.some(({ credit }) => credit === chosen)) chosen = null;
}

const option = ({ credit, photos }) => html`<option value="=${credit}" ?selected=${credit === chosen}>
  ${credit || (event.photographer ?? text('browse.photographer'))} (${number(photos)})</option>`;

/** The choice, where there is one; `changed()` is called afterwards. */
export function photographers(changed) {
  const choose = ({ target }) => {
    // Behind a sign, since a name may be empty.
    chosen = target.value ? target.value.slice(1) : null;
    scrollTo(0, 0);
    changed();
  };
  return credits.length < 2 ? nothing : html`<label><span class="said">${text('browse.by')}</span>
    <select class="plain" @change=${choose}>
      <option value="" ?selected=${chosen === null}>${text('browse.everyone')}</option>${credits.map(option)}
    </select></label>`;
}
