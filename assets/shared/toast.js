// A sentence at the bottom of the page that goes away by itself, sometimes with one thing to do about it.

import { reason } from './text.js';

/** With something to press, and without. */
const [LONG, SHORT] = [8_000, 3_500];
const places = new WeakMap();
let shown = null;
let timer = 0;

function hide() {
  clearTimeout(timer);
  shown?.remove();
}

/** Where sentences stand in `parent`: there, and empty, before the first of them, which would not be read out else. */
export function place(parent) {
  if (!places.has(parent)) {
    places.set(parent, Object.assign(document.createElement('div'), { className: 'toasts', role: 'status' }));
    parent.append(places.get(parent));
  }
  return places.get(parent);
}
place(document.body);

export function toast(sentence, { words, action } = {}) {
  hide();
  const box = document.createElement('div');
  box.className = 'toast';
  box.append(Object.assign(document.createElement('p'), { textContent: sentence }));
  if (action) {
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'link', textContent: words });
    button.addEventListener('click', async () => {
      hide();
      try {
        await action();
      } catch (error) {
        toastProblem(error);
      }
    });
    box.append(button);
  }
  shown = box;
  // Dialogs cover the page: the sentence stands in the one that is open.
  place(document.querySelector('dialog[open]') ?? document.body).append(box);
  // Whoever is on the way to the button is not hurried.
  const leave = () => { timer = setTimeout(() => (box.matches(':hover, :focus-within') ? leave() : hide()), action ? LONG : SHORT); };
  leave();
}

export const toastProblem = (error) => toast(reason(error));
