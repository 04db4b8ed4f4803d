// The files of a photo whose capture came more than once, and which of them is shown.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { number, size, text } from '../../shared/text.js';
import { moment } from '../../shared/format.js';
import { redraw } from '../../shared/redraw.js';
import { openDialog } from '../core/dialogs.js';
import { attempt, notify } from '../core/notices.js';
import { chooseVersion, listVersions } from '../core/server.js';

const about = ({ received_at: at, width, height, size_bytes: bytes }) => [
  moment(at), width && height && `${number(width)} × ${number(height)}`, size(bytes),
].filter(Boolean).join(' · ');

const row = (version, choose) => html`<li>
  <div><p class="file-name">${version.file_name}</p><p class="hint">${about(version)}</p></div>
  ${version.current ? html`<span class="chip">${text('studio.versions.shown')}</span>`
    : html`<button type="button" class="button quiet compact" @click=${() => choose(version)}>
        ${text('studio.versions.use')}</button>`}</li>`;

/**
 * Shows the versions of a photo; `changed()` is called when another one was chosen.
 * @param {number} eventId
 * @param {{id: number}} photo
 * @param {() => void} changed
 */
export async function openVersions(eventId, photo, changed) {
  let versions = await attempt(() => listVersions(eventId, photo.id));
  if (!versions) return;

  const choose = (version) => attempt(async () => {
    versions = await chooseVersion(eventId, photo.id, version.id);
    notify(text('studio.versions.told', { name: version.file_name }));
    redraw();
    changed();
  });

  openDialog({
    label: text('studio.versions.title'),
    render: () => html`<div class="dialog-body"><p>${text('studio.versions.hint')}</p>
      <ul class="versions">${versions?.map((version) => row(version, choose)) ?? nothing}</ul></div>`,
  });
}
