// Says that the guests' address has changed, with the new code: codes on paper and on screens lead to the former one.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { text } from '../../shared/text.js';
import { redraw } from '../../shared/redraw.js';
import { route } from '../core/router.js';
import { listEvents, readSharing } from '../core/server.js';
import { qr } from '../share/qr.js';
import { address, hasMoved, onMove, seen } from './state.js';

/** The guests' link of the open event, else of the newest. */
let link = '';

onMove(async () => {
  link = '';
  const id = route().id ?? (await listEvents().catch(() => []))[0]?.id;
  if (id) link = (await readSharing(id).catch(() => null))?.link ?? '';
  redraw();
});

export function movedBanner() {
  if (!hasMoved()) return nothing;
  return html`<aside class="wide moved" role="status"><div class="notice alarm">
    ${link ? qr(link, text('studio.moved.code')) : nothing}
    <div class="stack"><p><strong>${text('studio.moved.title')}</strong></p>
      <p>${text('studio.moved.hint')}</p>
      <p><code>${link || address.now?.base_url}</code></p>
      <button type="button" class="button quiet compact" @click=${seen}>
        ${icon('check')}${text('studio.moved.seen')}</button></div></div></aside>`;
}
