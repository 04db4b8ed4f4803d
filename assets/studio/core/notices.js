// Short messages at the edge of the page: read out, gone by themselves, some with a way back.

import { html } from '../../vendor/lit-html/lit-html.js';
import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { icon } from './icons.js';
import { redraw } from './redraw.js';
import { failure, text } from './words.js';

const LASTS = 6000;
const LASTS_WITH_ACTION = 12000;
let shown = [];
let next = 0;

function dismiss(id) {
  shown = shown.filter((notice) => notice.id !== id);
  redraw();
}

/** Shows a sentence; `action` is `{label, run}`. */
export function notify(sentence, { alarm = false, action = null } = {}) {
  const id = next++;
  shown = [...shown.filter((notice) => notice.sentence !== sentence), { id, sentence, alarm, action }].slice(-3);
  redraw();
  setTimeout(() => dismiss(id), action || alarm ? LASTS_WITH_ACTION : LASTS);
}

/** Shows why something failed. */
export function notifyFailure(error) {
  notify(failure(error), { alarm: true });
}

/** Runs something that may fail, and says so if it does. */
export async function attempt(task) {
  try {
    return await task();
  } catch (error) {
    notifyFailure(error);
    return undefined;
  }
}

function notice({ id, sentence, alarm, action }) {
  const act = () => {
    dismiss(id);
    action.run();
  };
  return html`<div class="toast ${alarm ? 'alarm' : ''}">
    <p>${sentence}</p>
    ${action ? html`<button type="button" class="button quiet compact" @click=${act}>${action.label}</button>` : ''}
    <button type="button" class="tool" aria-label=${text('studio.close')} @click=${() => dismiss(id)}>
      ${icon('close')}</button>
  </div>`;
}

/** A live region. There is one on the page and one in each dialog: what lies under a dialog can be neither seen nor used. */
export const notices = (isTop) => html`<div class="toasts" role="status" aria-live="polite">
  ${isTop ? repeat(shown, ({ id }) => id, notice) : ''}</div>`;
