// Guests send photos of their own, with their name if they like, see which are shown, and can take them back.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { send } from '../shared/api.js';
import { icon } from '../shared/icons.js';
import { poll } from '../shared/poll.js';
import { onRedraw } from '../shared/redraw.js';
import { number, plural, reason, text } from '../shared/text.js';
import { toast, toastProblem } from '../shared/toast.js';
import { serve } from '../shared/uploads/host.js';
import { add, clearFinished, isUploading, pump, queue } from '../shared/uploads/queue.js';
import { tray } from '../shared/uploads/tray.js';
import { address, base, change, refuse, state } from './state.js';
import { contactLink } from './welcome.js';

const PLACE = 'fotota.name';
const LONGEST_NAME = 80;
const [BUSY_PAUSE, IDLE_PAUSE] = [4_000, 20_000];
const sheet = new URL('../shared/uploads/uploads.css', import.meta.url).href;
document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: sheet }));

/** What the guest has sent, and how many more may follow; null: any number. @type {Sent | null} */
let sent = null;
/** @type {string | null} */
let problem = null;
let { entry } = state;
/** @type {{now: () => void, stop: () => void} | null} */
let polling = null;

function storedName() {
  try {
    return localStorage.getItem(PLACE) ?? '';
  } catch {
    return '';
  }
}
let name = storedName();

function typed({ target }) {
  name = target.value;
  try {
    localStorage.setItem(PLACE, name);
  } catch {
    // Storage may be forbidden; the page remembers the name until it is closed.
  }
}

async function read() {
  if (!state.entered) return;
  try {
    sent = await send('GET', `${base}/sent`);
    problem = null;
  } catch (error) {
    if (error.status === 401) return refuse(error);
    problem = reason(error);
  }
  change({});
}

serve({
  path: () => `${base}/uploads`,
  isIn: () => state.entered,
  async renew(error) {
    refuse(error);
    return false;
  },
  about: () => ({ credit: name.trim().slice(0, LONGEST_NAME) }),
  sent: () => polling?.now(),
});
onRedraw(() => change({ sending: queue.tally.left }));
addEventListener('beforeunload', (event) => isUploading() && event.preventDefault());

function picked({ target }) {
  const files = [...target.files];
  target.value = '';
  // The list of those sent has them.
  if (!isUploading()) clearFinished();
  if (files.length) add(0, files);
}

async function takeBack(photo) {
  try {
    await send('DELETE', `${base}/sent/${photo.id}`);
    if (sent) sent.items = sent.items.filter(({ id }) => id !== photo.id);
    toast(text('send.taken_back'));
  } catch (error) {
    toastProblem(error);
  }
  polling?.now();
  change({});
}

function words(photo) {
  switch (photo.state) {
    case 'processing': return text('send.processing');
    case 'waiting': return text('send.waiting');
    case 'shown': return text('send.shown');
    case 'hidden': return text('send.hidden');
    default: return text('send.failed');
  }
}

const line = (photo) => html`<li>
  ${photo.state === 'shown' ? html`<img src=${address(photo, 'thumbnail')} alt="" loading="lazy">`
    : html`<span class="no-picture">${icon(photo.state === 'failed' ? 'warning' : 'picture')}</span>`}
  <div><p class="name">${photo.file_name}</p><p class="small faint">${words(photo)}</p></div>
  <button class="link" type="button" aria-label="${text('send.take_back')}: ${photo.file_name}"
    @click=${() => takeBack(photo)}>${text('send.take_back')}</button></li>`;

const form = (left) => html`<div class="card stack">
  <label class="field">${text('send.name')}
    <input name="name" autocomplete="name" maxlength=${LONGEST_NAME} .value=${name} @input=${typed}
      aria-describedby="name-hint"></label>
  <p class="small faint" id="name-hint">${text('send.name_hint')}</p>
  ${left === 0 ? html`<p class="notice">${text('error.source.full')}</p>`
    : html`<label class="button full">${icon('upload')}<span>${text('send.choose')}</span>
      <input type="file" multiple accept="image/*" @change=${picked}></label>`}
  <p class="small faint">${text(state.uploads?.held ? 'send.held' : 'send.at_once')}
    ${left ? text('send.left', { count: number(left) }) : nothing}</p></div>`;

const off = () => html`<div class="empty"><p class="faint">${text('send.off')}</p>${contactLink()}</div>`;

export function sendView() {
  polling ??= poll(read, () => (isUploading() || sent?.items.some((photo) => photo.state === 'processing')
    ? BUSY_PAUSE : IDLE_PAUSE));
  // Photos belong to one entry.
  if (entry !== state.entry) {
    [entry, sent] = [state.entry, null];
    queueMicrotask(() => { polling?.now(); pump(); });
  }
  return html`<section class="column stack send appear">
    <h2 tabindex="-1">${text('send.title')}</h2>
    ${state.uploads ? form(sent?.left ?? null) : off()}
    ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}
    ${isUploading() || queue.tally.states.refused ? tray({ folds: false }) : nothing}
    ${isUploading() ? html`<p class="notice">${text('send.stay')}</p>` : nothing}
    ${sent?.items.length ? html`<h3>${plural('send.sent', sent.items.length)}</h3>
      <ul class="sent">${sent.items.map(line)}</ul>` : nothing}
  </section>`;
}

/** Another view is shown. */
sendView.left = () => {
  polling?.stop();
  polling = null;
};
