// A stack of modal dialogs, with the browser's own focus handling.

import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { html } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { text } from '../../shared/text.js';
import { settle } from '../../shared/toast.js';
import { redraw } from '../../shared/redraw.js';

let open = [];
let next = 0;

/** Opens a dialog drawn by `render(close)`; `pressed` gets key events, `closed` the result. */
export function openDialog({ label, render, kind = '', pressed = () => {}, closed = () => {} }) {
  const dialog = { id: next++, label, render, kind, pressed, closed, result: undefined, from: document.activeElement };
  dialog.close = (result) => {
    dialog.result = result;
    const node = element(dialog);
    if (node?.open) node.close();
    // Closed before it was shown.
    else ended(dialog);
  };
  open = [...open, dialog];
  redraw();
  return dialog;
}

/** @returns {any} */
const element = (dialog) => document.getElementById(`dialog-${dialog.id}`);

function ended(dialog) {
  if (!open.includes(dialog)) return;
  open = open.filter((other) => other !== dialog);
  settle();
  redraw();
  dialog.closed(dialog.result);
  // The element that opened it may be gone.
  if (dialog.from?.isConnected) dialog.from.focus({ preventScroll: true });
}

/** Asks for confirmation; true if given. */
export function confirm({ title, body, action, danger = false }) {
  return new Promise((resolve) => {
    openDialog({
      label: title,
      closed: (result) => resolve(result === true),
      render: (close) => html`<div class="dialog-body"><p>${body}</p></div>
        <div class="actions">
          <button type="button" class="button quiet" @click=${() => close(false)}>${text('studio.cancel')}</button>
          <button type="button" class=${danger ? 'button alarm' : 'button'}
            @click=${() => close(true)}>${action}</button>
        </div>`,
    });
  });
}

function template(dialog) {
  const { id, label, kind } = dialog;
  return html`<dialog id="dialog-${id}" class=${kind} aria-labelledby="dialog-title-${id}"
      @close=${() => ended(dialog)} @keydown=${dialog.pressed}>
    <header><h2 id="dialog-title-${id}" tabindex="-1">${label}</h2>
      <button type="button" class="tool" aria-label=${text('studio.close')} @click=${() => dialog.close()}>
        ${icon('close')}</button></header>
    ${dialog.render(dialog.close)}
  </dialog>`;
}

export const dialogs = () => html`${repeat(open, ({ id }) => id, template)}`;

/** Shows new dialogs, after drawing. */
export function showDialogs() {
  for (const dialog of open) {
    const node = element(dialog);
    if (!node || node.open) continue;
    node.showModal();
    settle();
    (node.querySelector('[autofocus]') ?? node.querySelector('h2')).focus();
  }
}

/** Closes all dialogs. */
export function closeDialogs() {
  for (const dialog of [...open].reverse()) dialog.close();
}
