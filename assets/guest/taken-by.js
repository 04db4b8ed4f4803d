// Whose photos the guest looks at, and with which camera they were taken, where there are several.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { send } from '../shared/api.js';
import { number, text } from '../shared/text.js';
import { base, event } from './state.js';

/** Who took the event's photos, with which cameras. @type {{credit: string, camera: string, photos: number}[]} */
let taken = [];
/** What is shown; null: everything. @type {Record<'credit' | 'camera', string | null>} */
let chosen = { credit: null, camera: null };

const fits = (one, name) => chosen[name] === null || one[name] === chosen[name];

/** What a query has to say about it. */
export const takenQuery = () => Object.entries(chosen).map(([name, value]) =>
  (value === null ? '' : `&${name}=${encodeURIComponent(value)}`)).join('');

export async function readTaken() {
  taken = (await send('GET', `${base}/photos/taken-by`)).items;
  // The last photo of it is gone.
  if (!taken.some((one) => fits(one, 'credit') && fits(one, 'camera'))) chosen = { credit: null, camera: null };
}

/** The values of `name` with their photos, most first, as far as they go with what is chosen of `other`. */
function counts(name, other) {
  const found = new Map();
  for (const one of taken) {
    if (fits(one, other)) found.set(one[name], (found.get(one[name]) ?? 0) + one.photos);
  }
  return [...found].sort(([, a], [, b]) => b - a);
}

function select(name, values, { label, all, say }, changed) {
  if (values.length < 2 && chosen[name] === null) return nothing;
  const choose = ({ target }) => {
    // Behind a sign, since a name may be empty.
    chosen[name] = target.value ? target.value.slice(1) : null;
    scrollTo(0, 0);
    changed();
  };
  return html`<label><span class="said">${label}</span><select class="plain" @change=${choose}>
    <option value="" ?selected=${chosen[name] === null}>${all}</option>
    ${values.map(([value, photos]) => html`<option value="=${value}" ?selected=${value === chosen[name]}>
      ${say(value)} (${number(photos)})</option>`)}
  </select></label>`;
}

/** The choices, where there are some; `changed()` is called afterwards. */
export const takenBy = (changed) => html`
  ${select('credit', counts('credit', 'camera'), { label: text('browse.by'), all: text('browse.everyone'),
    say: (credit) => credit || (event.photographer ?? text('browse.photographer')) }, changed)}
  ${select('camera', counts('camera', 'credit').filter(([camera]) => camera), { label: text('browse.with'),
    all: text('browse.cameras'), say: (camera) => camera }, changed)}`;
