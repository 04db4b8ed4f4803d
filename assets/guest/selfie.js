// The selfie: a live preview where the browser allows it, otherwise the phone's camera app or a file.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { boot, text } from '../shared/text.js';
import { icon } from '../shared/icons.js';
import { shrink } from '../shared/picture.js';
import { attempt, change, state } from './state.js';
import { fetchMatches, search, searchWithStored } from './search.js';

/** Browsers allow the camera only over HTTPS. */
const hasCamera = isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);
let camera = null;

const adds = () => state.again === 'add';
const searchWith = (picture) => attempt(() => search(picture));

async function take(changed) {
  const [file] = changed.target.files;
  changed.target.value = '';
  if (file) searchWith(await shrink(file));
}

/** Identifies the last tap: the guest may leave while the browser asks for permission. */
let pressed = null;

/** Stops the camera when the view is left. */
function left() {
  pressed = null;
  camera?.stop();
  camera = null;
}

const listener = {
  taken(picture) {
    camera = null;
    searchWith(picture);
  },
  closed() {
    camera = null;
    change({});
    document.querySelector('.selfie .ways button')?.focus();
  },
};

async function openCamera() {
  const press = {};
  pressed = press;
  change({ problem: null });
  try {
    const { Camera } = await import('./camera.js');
    const opened = await Camera.open(listener);
    if (pressed !== press) return opened.stop();
    camera = opened;
    change({});
    camera.start();
  } catch {
    if (pressed === press) change({ problem: text('selfie.no_camera') });
  }
}

const useStored = () => attempt(searchWithStored);

/** Shows the current matches of the previous selfie. */
function keep() {
  change({ again: null });
  attempt(fetchMatches);
}

const fileButton = (look, sign, words, capture) => html`
  <label class="button full ${look}">${sign}<span>${words}</span>
    <input type="file" accept="image/*" capture=${capture ? 'user' : nothing} @change=${take}></label>`;

const view = () => (camera ? camera.view() : html`
  <section class="column appear">
    <div class="card stack selfie">
      <div class="oval" aria-hidden="true">${icon('face')}</div>
      <h2 tabindex="-1">${text(adds() ? 'selfie.add' : 'selfie.title')}</h2>
      <p class="faint">${text(adds() ? 'selfie.add.hint' : 'selfie.hint')}</p>
      <div class="ways">
        ${boot.stored_selfie && !adds() ? html`<button class="button full" type="button" @click=${useStored}>
          ${icon('person')}<span>${text('selfie.stored')}</span></button>` : nothing}
        ${hasCamera
          ? html`<button class="button full" type="button" @click=${openCamera}>
              ${icon('camera')}<span>${text('selfie.take')}</span></button>`
          : fileButton('', icon('camera'), text('selfie.take'), true)}
        ${fileButton('quiet', icon('picture'), text('selfie.choose'), false)}
      </div>
      ${state.again ? html`<button class="link" type="button" @click=${keep}>
        ${text(state.tapped ? 'privacy.back' : 'selfie.keep')}</button>` : nothing}
      <p class="small faint">${text('selfie.promise')}</p>
    </div>
  </section>`);

export const selfie = Object.assign(() => view(), { left });

export const busy = () => html`
  <section class="column empty" aria-busy="true">
    <div class="scan">${state.selfie ? html`<img src=${state.selfie} alt=${text('selfie.yours')}>` : nothing}</div>
    <h2 tabindex="-1">${text('busy.title')}</h2>
    <p class="said" role="status">${text('busy.title')}</p>
  </section>`;
