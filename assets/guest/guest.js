// The guest page: removes the entry key from the address bar, and shows the view for the guest's state.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { boot, text } from '../shared/text.js';
import { remember } from '../shared/visits.js';
import { attempt, base, change, enterIfOpen, event, onChange, state } from './state.js';
import { keep } from './marks.js';
import { fetchMatches } from './search.js';
import { drawHead, drawTabs } from './frame.js';
import './settings.js';
import * as welcome from './welcome.js';

/**
 * Moves the entry key of a link or QR code from the address bar and the history into the state. The page keeps it until
 * the event is entered, since a request may fail on a bad connection.
 */
function takeKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get('k');
  if (!key) return;
  history.replaceState(null, '', location.pathname);
  if (boot.password_protected) state.key = key;
}

const main = document.getElementById('view');

/** Views whose modules are loaded; the first ones a guest needs are loaded with the page. */
const loaded = { password: welcome.password, welcome: welcome.consent, closed: welcome.closed };
loaded.ended = welcome.ended;
loaded.wait = () => welcome.wait(retry);
const loading = new Set();
const later = {
  selfie: async () => (await import('./selfie.js')).selfie,
  question: async () => (await import('./question.js')).question,
  busy: async () => (await import('./selfie.js')).busy,
  me: async () => (await import('./results.js')).results,
  all: async () => (await import('./browse.js')).browse,
  saved: async () => (await import('./saved.js')).savedView,
  send: async () => (await import('./send.js')).sendView,
  privacy: async () => (await import('./privacy.js')).privacy,
};

function wanted() {
  const place = location.hash.slice(1);
  if (state.closed) return 'closed';
  if (boot.password_protected && !state.entered) return state.key ? 'wait' : 'password';
  if (['all', 'saved', 'send', 'privacy'].includes(place)) return state.entered ? place : 'wait';
  if (state.ended) return 'ended';
  if (!state.consented) return 'welcome';
  if (state.busy) return 'busy';
  if (state.question) return 'question';
  if (!state.searching || state.again) return 'selfie';
  return state.found ? 'me' : 'wait';
}

/** Does what the view waits for; on failure the page offers to retry. */
let preparing = false;
async function prepare() {
  preparing = true;
  const next = state.searching && state.entered && !location.hash ? 'me' : location.hash.slice(1);
  later[next]?.().catch(() => {});
  await attempt(state.entered ? fetchMatches : enterIfOpen);
  preparing = false;
  draw();
}

/** Browsers remember a failed module load: only reloading the page retries it. */
let broken = false;
const retry = () => (broken ? location.reload() : change({ problem: null }));

/** Loads a view's module; on failure the page offers to retry. */
async function load(view) {
  if (loading.has(view)) return;
  loading.add(view);
  try {
    loaded[view] = await later[view]();
  } catch {
    broken = true;
    state.problem = text('error.network');
  }
  loading.delete(view);
  draw();
}

let shown = null;
/** True once a view was shown: from then on a new view takes the focus. */
let hasShownView = false;
const scrolled = {};
function draw() {
  let view = wanted();
  if (!loaded[view]) {
    if (!state.problem) load(view);
    view = 'wait';
  }
  document.body.dataset.view = view;
  drawHead();
  drawTabs(view);
  if (wanted() === 'wait' && !preparing && !state.problem) return prepare();
  const changed = view !== shown;
  if (changed && shown) {
    scrolled[shown] = scrollY;
    loaded[shown].left?.();
  }
  render(html`${state.problem
    ? html`<div class="column"><p class=${state.calm ? 'notice' : 'problem'} role="alert">${state.problem}</p></div>`
    : nothing}
    ${loaded[view]()}`, main);
  if (!changed) return;
  shown = view;
  scrollTo(0, scrolled[view] ?? 0);
  // Keyboard and screen reader users continue at the start of the new view.
  if (hasShownView) main.querySelector('h2')?.focus({ preventScroll: true });
  hasShownView ||= view !== 'wait';
}

onChange(draw);
addEventListener('hashchange', () => {
  takeKey();
  state.problem = null;
  draw();
});
addEventListener('online', () => state.problem && !broken && wanted() === 'wait' && retry());
takeKey();
draw();

if (state.entered) {
  remember({ name: event.name, base });
  keep().catch(() => {});
}

setTimeout(() => import('./live.js').then(({ watch }) => watch()).catch(() => {}), 300);
/** Loads the other views ahead: the Wi-Fi may be gone later. */
const views = () => Object.keys(later).filter((view) => view !== 'send' || state.uploads);
setTimeout(() => Promise.allSettled([
  ...views().map((view) => later[view]()), import('./camera.js'), import('./photo.js'), import('./top.js'),
]), 2_000);
