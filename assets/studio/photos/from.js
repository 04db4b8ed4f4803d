// Choosing the photos of one source, photographer or camera.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { text } from '../../shared/text.js';

/** Photographers and cameras of the photos seen so far, by event: the server lists photos, not who took them. */
const seen = new Map();

function collect({ eventId, pages, from }) {
  if (!seen.has(eventId)) seen.set(eventId, { credit: new Set(), camera: new Set() });
  const known = seen.get(eventId);
  for (const name of ['credit', 'camera']) {
    if (from[name]) known[name].add(from[name]);
    for (const photos of pages.values()) for (const photo of photos) if (photo[name]) known[name].add(photo[name]);
  }
  return known;
}

const option = (listing, name, value, label) => html`<option value=${JSON.stringify({ [name]: value })}
  ?selected=${listing.from[name] === value}>${label}</option>`;

const group = (label, options) => (options.length ? html`<optgroup label=${label}>${options}</optgroup>` : nothing);

/** The choice, once there is one. */
export function from(listing, sources) {
  const { credit, camera } = collect(listing);
  const isChosen = Object.keys(listing.from).length > 0;
  if (!isChosen && !sources.length && credit.size < 1 && camera.size < 2) return nothing;
  const names = (name, values) => [...values].sort().map((value) => option(listing, name, value, value));
  return html`<label><span class="said">${text('studio.from.label')}</span>
    <select class="plain" @change=${({ target }) => listing.change({ from: JSON.parse(target.value) })}>
      <option value="{}" ?selected=${!isChosen}>${text('studio.from.all')}</option>
      ${group(text('studio.from.sources'), sources.map(({ id, name }) => option(listing, 'source', String(id), name)))}
      ${group(text('studio.from.photographers'), credit.size
    ? [option(listing, 'credit', '', text('studio.from.own')), ...names('credit', credit)] : [])}
      ${group(text('studio.from.cameras'), names('camera', camera))}
    </select></label>`;
}
