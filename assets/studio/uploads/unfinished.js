// Files that a reload kept from being sent: the server keeps the bytes it has, but the browser cannot keep the files.
// When the same files are given again, by name and size, only what is missing is sent.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { plural, text } from '../../shared/text.js';
import { percent } from '../../shared/format.js';
import { attempt } from '../core/notices.js';
import { redraw } from '../../shared/redraw.js';
import { listUploads, uploadsPath } from '../core/server.js';
import { discard } from '../../shared/uploads/tus.js';
import { forgetUnsent, isBack, unsent } from './unsent.js';

const SHOWN = 3;
/** Uploads that the server holds and this page does not send, by event id. */
const held = new Map();

/** Reads unfinished uploads; those being sent from this page do not count. */
export async function findUnfinished(eventId, isSending) {
  const items = await listUploads(eventId).catch(() => []);
  held.set(eventId, items.filter(({ id }) => !isSending(`${uploadsPath(eventId)}/${id}`)));
  redraw();
}

/** Takes the unfinished upload of this file: its address, or null. */
export function takeUnfinished(eventId, file) {
  isBack(eventId, file);
  const items = held.get(eventId) ?? [];
  const at = items.findIndex(({ file_name, size_bytes }) => file_name === file.name && size_bytes === file.size);
  return at < 0 ? null : `${uploadsPath(eventId)}/${items.splice(at, 1)[0].id}`;
}

const giveUp = (eventId) => attempt(async () => {
  const items = held.get(eventId) ?? [];
  held.set(eventId, []);
  forgetUnsent(eventId);
  redraw();
  for (const { id } of items) await discard(`${uploadsPath(eventId)}/${id}`);
});

const share = ({ offset, size_bytes }) => percent(size_bytes ? offset / size_bytes : 0);

/** The names of the missing files; of those that are partly there with their share. */
function missing(eventId) {
  const items = held.get(eventId) ?? [];
  const begun = new Set(items.map(({ file_name, size_bytes }) => `${file_name}|${size_bytes}`));
  const others = unsent(eventId).filter(({ name, size }) => !begun.has(`${name}|${size}`));
  return [...items.map((item) => `${item.file_name} (${share(item)})`), ...others.map(({ name }) => name)];
}

/** The notice about unfinished uploads. */
export function unfinished(eventId) {
  const names = missing(eventId);
  if (!names.length) return nothing;
  return html`<section class="notice unfinished" aria-label=${text('upload.unfinished')}>
    <div><strong>${plural('upload.left', names.length)}</strong>
      <p>${text('upload.left_hint')}</p>
        <p class="faint names">${names.slice(0, SHOWN).join(', ')}${names.length > SHOWN ? ' …' : ''}</p></div>
    <button type="button" class="button quiet compact" @click=${() => giveUp(eventId)}>
      ${text('upload.discard')}</button>
  </section>`;
}
