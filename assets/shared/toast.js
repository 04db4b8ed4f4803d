// Short messages at the edge of the page. They go away by themselves; some have a button, to undo something, say.

import { render } from '../vendor/lit-html/lit-html.js';
import { icon } from './icons.js';
import { reason } from './text.js';

/** With a button, and without. */
const [LONG, SHORT] = [8_000, 3_500];
const regions = new WeakMap();
/** The messages that are shown, oldest first, with their timers. */
const shown = new Map();

/** The live region of `parent`. Screen readers announce only what is added to a region that was there before. */
function region(parent) {
  if (!regions.has(parent)) {
    regions.set(parent, Object.assign(document.createElement('div'), { className: 'toasts', role: 'status' }));
    parent.append(regions.get(parent));
  }
  return regions.get(parent);
}

/** Moves messages into the topmost dialog, or back to the page: what a dialog covers can be neither seen nor used. */
export function settle() {
  const place = region([...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body);
  for (const box of shown.keys()) if (box.parentNode !== place) place.append(box);
}
settle();

function hide(box) {
  clearTimeout(shown.get(box));
  shown.delete(box);
  box.remove();
}

function button(className, press) {
  const element = Object.assign(document.createElement('button'), { type: 'button', className });
  element.addEventListener('click', press);
  return element;
}

/**
 * Shows `sentence` for `lasts` milliseconds. `words` label a button that runs `action`, `dismiss` a button that hides
 * the message. Only the newest `most` messages stay.
 */
export function toast(sentence, options = {}) {
  const { words, action, alarm, dismiss, most = 1, lasts = action ? LONG : SHORT } = options;
  const box = document.createElement('div');
  box.className = alarm ? 'toast alarm' : 'toast';
  box.append(Object.assign(document.createElement('p'), { textContent: sentence }));
  if (action) {
    const act = button('link', async () => {
      hide(box);
      try {
        await action();
      } catch (error) {
        toastProblem(error);
      }
    });
    act.textContent = words;
    box.append(act);
  }
  if (dismiss) {
    const close = button('tool', () => hide(box));
    close.setAttribute('aria-label', dismiss);
    render(icon('close'), close);
    box.append(close);
  }
  for (const other of shown.keys()) if (other.firstChild.textContent === sentence) hide(other);
  while (shown.size >= most) hide(shown.keys().next().value);
  // A message stays while the pointer or the focus is on it.
  const isUsed = () => box.matches(':hover, :focus-within');
  const leave = () => shown.set(box, setTimeout(() => (isUsed() ? leave() : hide(box)), lasts));
  leave();
  settle();
}

export const toastProblem = (error) => toast(reason(error));
