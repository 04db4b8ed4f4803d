// QR codes as pictures, drawn by the server and cached.

import { html } from '../../vendor/lit-html/lit-html.js';
import { redraw } from '../../shared/redraw.js';
import { drawQr } from '../core/server.js';

const drawnCodes = new Map();

/** The URL of the code's picture; empty until it is loaded. */
export function qrAddress(text, ready = redraw) {
  if (!drawnCodes.has(text)) {
    drawnCodes.set(text, '');
    drawQr(text).then((blob) => {
      drawnCodes.set(text, URL.createObjectURL(blob));
      ready();
    }, () => drawnCodes.delete(text));
  }
  return drawnCodes.get(text);
}

/** The code on white, which scanners need, whatever the page's colours. */
export function qr(text, label) {
  const address = text ? qrAddress(text) : '';
  return html`<div class="qr">${address ? html`<img src=${address} alt=${label} width="240" height="240">` : ''}</div>`;
}
