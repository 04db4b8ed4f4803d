// Live updates: server-sent events, with polling as a fallback.

import { send } from '../shared/api.js';
import { newsPath, arrive, atTop, confirmEnd, showEnd, takeWaiting } from './news.js';
import { renew } from './settings.js';
import { fetchMatches } from './search.js';
import { change, state } from './state.js';

const [FIRST_PAUSE, LONGEST_PAUSE, POLL, SILENCE, SPREAD] = [1_000, 30_000, 10_000, 45_000, 2_000];
const STREAM_TRIES = 3;

let stream = null;
let [timer, failures] = [0, 0];
/** @type {(missed: boolean) => void} */
let refreshed = () => {};
/** Calls `listener` when photos changed; `missed` when updates may have been lost. */
export const onRefresh = (listener) => { refreshed = listener; };

function later(action, milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(action, milliseconds);
}

/** All guests are told at the same moment; a random delay spreads their requests. */
let waits = 0;
function refresh() {
  waits ||= setTimeout(async () => {
    waits = 0;
    await renew();
    refreshed(false);
    // Matches do not interrupt a guest who is taking another selfie.
    if (state.searching && !state.again) await fetchMatches().catch(showEnd);
  }, Math.random() * SPREAD);
}

async function ask() {
  const news = await send('GET', newsPath('news'));
  arrive(news);
  if (news.refresh) refresh();
}

/** The server is reachable again: catches up on what was missed. */
function reached(link) {
  if (state.link === link) return;
  const missed = state.link === 'lost';
  change({ link, ...(state.unreached ? { problem: null, unreached: false } : {}) });
  if (missed) refreshed(true);
}

async function poll() {
  try {
    await ask();
    reached('polling');
    failures += 1;
    later(failures % 6 ? poll : connect, POLL);
  } catch (error) {
    lost();
    showEnd(error);
  }
}

function lost() {
  stream?.close();
  stream = null;
  failures += 1;
  if (state.link !== 'lost') change({ link: 'lost' });
  const pause = Math.min(FIRST_PAUSE * 2 ** Math.min(failures - 1, 5), LONGEST_PAUSE) * (0.75 + Math.random() / 2);
  later(failures < STREAM_TRIES ? connect : poll, pause);
}

/** A silent stream may be dead: after a while news is requested once. */
function listen() {
  later(async () => {
    try {
      await ask();
      listen();
    } catch (error) {
      lost();
      showEnd(error);
    }
  }, SILENCE);
}

function connect() {
  stream?.close();
  if (!state.entered) return later(connect, FIRST_PAUSE);
  if (!('EventSource' in window)) return poll();
  stream = new EventSource(newsPath('live'));
  const heard = (name, action) => stream.addEventListener(name, ({ data }) => {
    listen();
    action(JSON.parse(data || '{}'));
  });
  stream.addEventListener('open', () => {
    failures = 0;
    reached('live');
    listen();
  });
  stream.addEventListener('error', lost);
  heard('news', arrive);
  heard('refresh', refresh);
  heard('over', () => confirmEnd().catch(showEnd));
}

/** Starts, once; reconnects as soon as the phone is back online. */
export function watch() {
  const again = () => { failures = 0; connect(); };
  addEventListener('online', again);
  addEventListener('offline', lost);
  addEventListener('pageshow', ({ persisted }) => persisted && again());
  document.addEventListener('visibilitychange', () => !document.hidden && !stream && again());
  const scrolled = () => state.waiting.sure.length && scrollY < 5 && atTop() && takeWaiting();
  addEventListener('scroll', scrolled, { passive: true });
  connect();
}
