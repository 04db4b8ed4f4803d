// Uploads interrupted by a reload: the server keeps their bytes, but the browser cannot keep the files. When the same
// files are given again, by name and size, they resume.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { plural, text } from '../../shared/text.js';
import { percent } from '../core/format.js';
import { attempt } from '../core/notices.js';
import { redraw } from '../core/redraw.js';
import { listUploads, uploadsPath } from '../core/server.js';
import { discard } from './tus.js';

const SHOWN = 3;
/** Uploads that the server holds and this page does not send, by event id. */
const held = new Map();

/** Reads unfinished uploads; those being sent from this page do not count. */
export async function findUnfinished(eventId, isSending) {
  const items = await listUploads(eventId).catch(() => []);
  held.set(eventId, items.filter(({ id }) => !isSending(`${uploadsPath(eventId)}/${id}`)));
  redraw();
}

/** Takes the unfinished upload of this file, if there is one. */
export function takeUnfinished(eventId, file) {
  const items = held.get(eventId) ?? [];
  const at = items.findIndex(({ file_name, size_bytes }) => file_name === file.name && size_bytes === file.size);
  return at < 0 ? null : items.splice(at, 1)[0];
}

const giveUp = (eventId) => attempt(async () => {
  const items = held.get(eventId) ?? [];
  held.set(eventId, []);
  redraw();
  for (const { id } of items) await discard(`${uploadsPath(eventId)}/${id}`);
});

const share = ({ offset, size_bytes }) => percent(size_bytes ? offset / size_bytes : 0);

/** The notice about unfinished uploads. */
export function unfinished(eventId) {
  const items = held.get(eventId) ?? [];
  if (!items.length) return nothing;
  const names = items.slice(0, SHOWN).map((item) => `${item.file_name} (${share(item)})`).join(', ');
  return html`<section class="notice unfinished" aria-label=${text('studio.upload.unfinished')}>
    <div><strong>${plural('studio.upload.left', items.length)}</strong>
      <p>${text('studio.upload.left_hint')}</p>
        <p class="faint names">${names}${items.length > SHOWN ? ' …' : ''}</p></div>
    <button type="button" class="button quiet compact" @click=${() => giveUp(eventId)}>
      ${text('studio.upload.discard')}</button>
  </section>`;
}
