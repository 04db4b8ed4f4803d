// The guest's page: takes the key off the address, and shows the view that the guest's state calls for.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { boot, date, plural, text } from '../shared/text.js';
import { remember } from '../shared/visits.js';
import { attempt, base, enter, enterIfOpen, event, fetchMatches, onChange, photographerLink, state } from './state.js';
import * as welcome from './welcome.js';

/** The key of the link or QR code. Nobody finds it in the address bar or the history later. */
function takeKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get('k');
  if (key) history.replaceState(null, '', location.pathname);
  return key;
}
const firstKey = takeKey();

const element = (id) => document.getElementById(id);
const [about, tabs, main, foot] = ['about', 'tabs', 'view', 'foot'].map(element);
const matchesOnly = event.visibility === 'matches';

/** Modules of views, as they are loaded; those that a guest needs first are here already. */
const loaded = { password: welcome.password, welcome: welcome.consent, closed: welcome.closed, wait: welcome.wait };
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
  if (boot.password_protected && !state.entered) return 'password';
  if (['all', 'saved', 'privacy'].includes(place)) return state.entered ? place : 'wait';
  if (!state.consented) return 'welcome';
  if (state.busy) return 'busy';
  if (!state.searching) return 'selfie';
  return state.found ? 'me' : 'wait';
}

/** Does what the view waits for, once. */
let preparing = false;
async function prepare() {
  preparing = true;
  const next = state.searching && state.entered && !location.hash ? 'me' : location.hash.slice(1);
  later[next]?.().catch(() => {});
  preparing = !await attempt(state.entered ? fetchMatches : enterIfOpen);
}

function photographer() {
  if (!event.photographer) return nothing;
  const by = text('page.by', { name: event.photographer });
  return photographerLink
    ? html`<a class="by" href=${photographerLink} rel="noopener noreferrer">${by}</a>` : html`<span class="by">${by}</span>`;
}

function drawHead() {
  const count = state.photos ? plural('page.photos', state.photos) : text('page.waiting');
  render(html`
    ${event.date ? html`<p class="date">${date(event.date)}</p>` : nothing}
    ${event.description ? html`<p class="description">${event.description}</p>` : nothing}
    <p class="facts">${photographer()}<span>${count}</span></p>`, about);
}

function drawTabs(view) {
  tabs.hidden = !state.entered || ['closed', 'busy'].includes(view);
  const waiting = state.waiting.sure.length + state.waiting.maybe.length;
  const tab = (place, words, views, badge) => html`
    <a href="#${place}" aria-current=${views.includes(view) ? 'page' : nothing}>${words}
      ${badge ? html`<span class="badge">${badge}</span>` : nothing}</a>`;
  render(html`
    ${tab('me', text('tabs.me'), ['me', 'selfie', 'welcome', 'wait'], waiting)}
    ${matchesOnly ? nothing : tab('all', text('tabs.all'), ['all'])}
    ${tab('saved', text('tabs.saved'), ['saved'])}`, tabs);
  render(html`<p>${text('page.privacy')}</p>
    <p>${state.entered ? html`<a class="link" href="#privacy">${text('page.your_data')}</a>` : nothing}
      <a class="link" href="/">${text('page.home')}</a></p>`, foot);
}

/** Fetches a view's module; where it cannot be had, the page says so and offers to try again. */
async function load(view) {
  if (loading.has(view)) return;
  loading.add(view);
  try {
    loaded[view] = await later[view]();
  } catch {
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
  if (wanted() === 'wait' && !preparing) prepare();
  const changed = view !== shown;
  if (changed && shown) scrolled[shown] = scrollY;
  render(html`${state.problem ? html`<div class="column"><p class="problem" role="alert">${state.problem}</p></div>` : nothing}
    ${loaded[view]()}`, main);
  if (!changed) return;
  shown = view;
  document.title = `${event.name} · FotoTa`;
  scrollTo(0, scrolled[view] ?? 0);
  // Whoever came by the keyboard or hears the page goes on where the new view begins.
  if (begun) main.querySelector('h2')?.focus({ preventScroll: true });
  begun ||= view !== 'wait';
}

foot.replaceChildren();
onChange(draw);
addEventListener('hashchange', async () => {
  const key = takeKey();
  if (key) await attempt(() => enter({ key }));
  else if (state.problem) state.problem = null;
  draw();
});
if (firstKey) await attempt(() => enter({ key: firstKey }));
draw();

if (state.entered) remember({ name: event.name, base });

setTimeout(() => import('./live.js').then(({ watch }) => watch()).catch(() => {}), 300);
/** What comes next is fetched while the guest looks: by then the Wi-Fi may be gone. */
setTimeout(() => Promise.allSettled([...Object.values(later).map((load) => load()), import('./camera.js'), import('./photo.js')]), 2_000);
