// The faces in an open photo, to tap: then the matches are of that person. Only where the photographer allows it.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { number, text } from '../shared/text.js';
import { send } from '../shared/api.js';
import { icon } from '../shared/icons.js';
import { toast, toastProblem } from '../shared/toast.js';
import { base, change, state } from './state.js';
import { searchByFace } from './search.js';

/** The photo whose faces are shown, and the faces. */
let shown = { id: 0, faces: [] };
let working = false;

const hide = () => { shown = { id: 0, faces: [] }; };
/** Whether the faces of the photo are shown. */
export const isShown = (photo) => shown.id === photo.id;

/** Closes the photo and shows the matches, or the consent. */
function leave(box) {
  hide();
  const top = () => {
    scrollTo(0, 0);
    /** @type {HTMLElement | null} */ (document.querySelector('#view h2'))?.focus({ preventScroll: true });
  };
  box.dialog.addEventListener('close', () => {
    if (['', '#me'].includes(location.hash)) return top();
    addEventListener('hashchange', top, { once: true });
    location.hash = 'me';
  }, { once: true });
  box.close();
}

/** Offers the text to consent to; the guest's own results stay. */
const offerConsent = (box) => toast(text('error.consent.required'), { words: text('consent.title'), action: () => {
  change({ consented: false });
  leave(box);
} });

async function work(box, action) {
  if (working) return;
  working = true;
  try {
    await action();
  } catch (error) {
    hide();
    // The text that the guest has consented to may not name taps.
    if (error.code === 'consent.required') offerConsent(box);
    else toastProblem(error);
  }
  working = false;
  box.draw();
}

const show = (photo, box) => work(box, async () => {
  const { faces } = await send('GET', `${base}/photos/${photo.id}/faces`);
  if (box.photo?.id !== photo.id) return;
  if (faces.length) shown = { id: photo.id, faces };
  toast(text(faces.length ? 'photo.faces.hint' : 'photo.faces.none'));
});

function toggle(photo, box) {
  if (!state.consented) return offerConsent(box);
  if (!isShown(photo)) return show(photo, box);
  hide();
  box.draw();
}

const tap = (photo, box, place) => work(box, async () => {
  await searchByFace(photo, place);
  leave(box);
});

/** The button that shows the faces. */
export const facesTool = (photo, box) => html`
  <button class="tool" type="button" aria-pressed=${String(isShown(photo))} @click=${() => toggle(photo, box)}>
    ${icon('person')}<span>${text('photo.faces')}</span></button>`;

const place = ({ x, y, w, h }) =>
  `left: ${(x + w / 2) * 100}%; top: ${(y + h / 2) * 100}%; width: ${w * 100}%; height: ${h * 100}%`;

/** A button on each face. */
export const frames = (photo, box) => (isShown(photo) ? shown.faces.map((face, at) => {
  const position = { position: number(at + 1), count: number(shown.faces.length) };
  return html`<button class="pick" type="button" .style=${place(face)} aria-label=${text('photo.faces.face', position)}
    @click=${() => tap(photo, box, at)}></button>`;
}) : nothing);
