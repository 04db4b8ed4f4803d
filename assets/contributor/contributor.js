// Another photographer sends photos into an event: with a link, without an account.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { send } from '../shared/api.js';
import { percent } from '../shared/format.js';
import { poll } from '../shared/poll.js';
import { onRedraw, redraw } from '../shared/redraw.js';
import { boot, number, plural, reason, text } from '../shared/text.js';
import { toast } from '../shared/toast.js';
import { dropZone } from '../shared/uploads/drop.js';
import { serve } from '../shared/uploads/host.js';
import { add, isUploading, pump, queue, resume } from '../shared/uploads/queue.js';
import { tray } from '../shared/uploads/tray.js';

const PAUSE = 10_000;
const { base } = boot;
const main = document.getElementById('view');
/** @type {{about: ContributorStatus | null, problem: any, key: string | null}} */
const state = { about: null, problem: null, key: null };

/** The key leaves the address bar; the page keeps it, should its session end. */
function takeKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get('k');
  if (!key) return;
  history.replaceState(null, '', location.pathname);
  state.key = key;
}

const read = () => send('GET', `${base}/status`);
const open = () => send('POST', `${base}/session`, { json: { key: state.key } });

/** Enters with the link's key, or with the cookie of an earlier visit. */
async function enter() {
  try {
    Object.assign(state, { about: await (state.key ? open() : read()), problem: null });
    pump();
  } catch (error) {
    state.problem = error;
  }
  redraw();
  return !state.problem;
}

/** Reads how many photos there are; a short failure of the connection changes nothing. */
async function refresh() {
  if (!state.about) return;
  try {
    Object.assign(state, { about: await read(), problem: null });
    // The photographer had paused this source, and goes on.
    if (queue.trouble === 'source.paused' && !state.about?.paused) resume();
  } catch (error) {
    if (error.status === 401 && state.key) await enter();
    else if (error.status) state.problem = error;
  }
  redraw();
}

let arrived = 0;
serve({
  path: () => `${base}/uploads`,
  isIn: () => Boolean(state.about) && state.problem?.status !== 401,
  async renew(error) {
    if (state.key) return enter();
    state.problem = error;
    redraw();
    return false;
  },
  sent() {
    arrived += 1;
    // After the last file, and now and then.
    if (arrived % 5 === 0 || queue.tally.left <= 1) polling.now();
  },
});

const zone = dropZone((files) => add(0, files), (sentence) => toast(sentence, { alarm: true }));
const polling = poll(refresh, () => PAUSE);

function count({ photos, max_photos: most }) {
  if (most === null) return photos ? plural('contributor.photos', photos) : text('contributor.none');
  return text('contributor.of', { count: number(photos), most: number(most) });
}

const credit = ({ credit: by, name }) => html`<p>${text('contributor.credit', { name: by ?? name })}</p>`;

const refused = () => html`<section class="empty">
  <h1 tabindex="-1">${text('contributor.title')}</h1>
  <p class="problem" role="alert">${reason(state.problem)}</p>
  <button type="button" class="button" @click=${enter}>${text('contributor.again')}</button></section>`;

/** Why nothing can be sent at the moment; empty where it can. */
function obstacle({ photos, max_photos: most, paused }) {
  if (paused) return text('error.source.paused');
  return most !== null && photos >= most ? text('error.source.full') : '';
}

function content() {
  const { about, problem } = state;
  if (!about) return problem ? refused() : html`<p class="empty" role="status">${text('contributor.loading')}</p>`;
  return html`<header class="head"><h1 tabindex="-1">${about.event_name}</h1>${credit(about)}</header>
    ${problem ? html`<p class="problem" role="alert">${reason(problem)}</p>` : nothing}
    ${obstacle(about) ? html`<p class="notice" role="status">${obstacle(about)}</p>` : zone.render(false)}
    <p class="count" role="status">${count(about)}</p>
    ${tray({ folds: false })}
    ${isUploading() ? html`<p class="notice">${text('contributor.stay')}</p>` : nothing}
    <p class="faint small">${text('contributor.what')}</p>`;
}

function draw() {
  const share = isUploading() ? `${percent(queue.tally.share)} · ` : '';
  document.title = `${share}${state.about?.event_name ?? text('contributor.title')} · FotoTa`;
  render(content(), main);
}

onRedraw(draw);
zone.start();
addEventListener('beforeunload', (event) => isUploading() && event.preventDefault());
addEventListener('hashchange', () => {
  takeKey();
  enter();
});
takeKey();
enter();
