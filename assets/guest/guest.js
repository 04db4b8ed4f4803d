// The guest's page: takes the key off the address, and shows the view that the guest's state calls for.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { boot, text } from '../shared/text.js';
import { remember } from '../shared/visits.js';
import { attempt, base, change, enterIfOpen, event, fetchMatches, onChange, state } from './state.js';
import { drawHead, drawTabs } from './frame.js';
import './settings.js';
import * as welcome from './welcome.js';

/**
 * The key of the link or QR code. Nobody finds it in the address bar or the history later; the page holds it until it
 * opened the event, since a try may be lost on a bad connection. Whoever is in already stays who they are.
 */
function takeKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get('k');
  if (!key) return;
  history.replaceState(null, '', location.pathname);
  if (boot.password_protected) state.key = key;
}

const main = document.getElementById('view');

/** Modules of views, as they are loaded; those that a guest needs first are here already. */
const loaded = { password: welcome.password, welcome: welcome.consent, closed: welcome.closed };
loaded.wait = () => welcome.wait(retry);
const loading = new Set();
const later = {
  selfie: async () => (await import('./selfie.js')).selfie,
  busy: async () => (await import('./selfie.js')).busy,
  me: async () => (await import('./results.js')).results,
  all: async () => (await import('./browse.js')).browse,
  saved: async () => (await import('./saved.js')).savedView,
  privacy: async () => (await import('./privacy.js')).privacy,
};

function wanted() {
  const place = location.hash.slice(1);
  if (state.closed) return 'closed';
  if (boot.password_protected && !state.entered) return state.key ? 'wait' : 'password';
  if (['all', 'saved', 'privacy'].includes(place)) return state.entered ? place : 'wait';
  if (!state.consented) return 'welcome';
  if (state.busy) return 'busy';
  if (!state.searching || state.again) return 'selfie';
  return state.found ? 'me' : 'wait';
}

/** Does what the view waits for; where that failed, the page says so and offers to try again. */
let preparing = false;
async function prepare() {
  preparing = true;
  const next = state.searching && state.entered && !location.hash ? 'me' : location.hash.slice(1);
  later[next]?.().catch(() => {});
  await attempt(state.entered ? fetchMatches : enterIfOpen);
  preparing = false;
  draw();
}

/** Browsers remember that a module could not be had: only a page of its own asks for it again. */
let broken = false;
const retry = () => (broken ? location.reload() : change({ problem: null }));

/** Fetches a view's module; where it cannot be had, the page says so and offers to try again. */
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
/** Something but waiting was shown: from then on a new view takes the focus. */
let begun = false;
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
    ? html`<div class="column"><p class="problem" role="alert">${state.problem}</p></div>` : nothing}
    ${loaded[view]()}`, main);
  if (!changed) return;
  shown = view;
  scrollTo(0, scrolled[view] ?? 0);
  // Whoever came by the keyboard or hears the page goes on where the new view begins.
  if (begun) main.querySelector('h2')?.focus({ preventScroll: true });
  begun ||= view !== 'wait';
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

if (state.entered) remember({ name: event.name, base });

setTimeout(() => import('./live.js').then(({ watch }) => watch()).catch(() => {}), 300);
/** What comes next is fetched while the guest looks: by then the Wi-Fi may be gone. */
setTimeout(() => Promise.allSettled([
  ...Object.values(later).map((load) => load()), import('./camera.js'), import('./photo.js'),
]), 2_000);
