// Choosing the photos of one source, photographer or camera.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { text } from '../../shared/text.js';

const option = (listing, name, value, label) => html`<option value=${JSON.stringify({ [name]: value })}
  ?selected=${listing.from[name] === value}>${label}</option>`;

const group = (label, options) => (options.length ? html`<optgroup label=${label}>${options}</optgroup>` : nothing);

/** The names that photos have, and the chosen one, whose last photo may be gone. */
const names = (taken, { from }, name) =>
  [...new Set([...taken.map((one) => one[name]), from[name]])].filter(Boolean).sort();

/** The choice, once there is one. */
export function from(listing, { sources, taken }) {
  const [credits, cameras] = [names(taken, listing, 'credit'), names(taken, listing, 'camera')];
  const isChosen = Object.keys(listing.from).length > 0;
  if (!isChosen && !sources.length && credits.length < 1 && cameras.length < 2) return nothing;
  const options = (name, values) => values.map((value) => option(listing, name, value, value));
  return html`<label><span class="said">${text('studio.from.label')}</span>
    <select class="plain" @change=${({ target }) => listing.change({ from: JSON.parse(target.value) })}>
      <option value="{}" ?selected=${!isChosen}>${text('studio.from.all')}</option>
      ${group(text('studio.from.sources'), sources.map(({ id, name }) => option(listing, 'source', String(id), name)))}
      ${group(text('studio.from.photographers'), credits.length
    ? [option(listing, 'credit', '', text('studio.from.own')), ...options('credit', credits)] : [])}
      ${group(text('studio.from.cameras'), options('camera', cameras))}
    </select></label>`;
}
