// News as it comes: a stream of events, asked for instead where streams do not get through.

import { send } from '../shared/api.js';
import { address, arrive, atTop, confirmOver, over, takeWaiting } from './news.js';
import { renew } from './settings.js';
import { change, fetchMatches, state } from './state.js';

const [FIRST_PAUSE, LONGEST_PAUSE, POLL, SILENCE, SPREAD] = [1_000, 30_000, 10_000, 45_000, 2_000];
const STREAM_TRIES = 3;

let stream = null;
let [timer, failures] = [0, 0];
/** @type {(missed: boolean) => void} */
let refreshed = () => {};
/** The view of all photos hears when they changed, or may have been missed. */
export const onRefresh = (listener) => { refreshed = listener; };

function later(action, milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(action, milliseconds);
}

/** All guests hear of it at the same moment, and do not all ask at the same moment. */
let waits = 0;
function refresh() {
  waits ||= setTimeout(async () => {
    waits = 0;
    await renew();
    refreshed(false);
    // Who is taking another selfie is not called back from it.
    if (state.searching && !state.again) await fetchMatches().catch(over);
  }, Math.random() * SPREAD);
}

async function ask() {
  const news = await send('GET', address('news'));
  arrive(news);
  if (news.refresh) refresh();
}

/** The server is reached again: what it could not give meanwhile is asked for. */
function back(link) {
  if (state.link === link) return;
  const missed = state.link === 'lost';
  change({ link, ...(state.unreached ? { problem: null, unreached: false } : {}) });
  if (missed) refreshed(true);
}

async function poll() {
  try {
    await ask();
    back('polling');
    failures += 1;
    later(failures % 6 ? poll : connect, POLL);
  } catch (error) {
    lose();
    over(error);
  }
}

function lose() {
  stream?.close();
  stream = null;
  failures += 1;
  if (state.link !== 'lost') change({ link: 'lost' });
  const pause = Math.min(FIRST_PAUSE * 2 ** Math.min(failures - 1, 5), LONGEST_PAUSE) * (0.75 + Math.random() / 2);
  later(failures < STREAM_TRIES ? connect : poll, pause);
}

/** A stream that says nothing may be dead without knowing: then news is asked for once. */
function listen() {
  later(async () => {
    try {
      await ask();
      listen();
    } catch (error) {
      lose();
      over(error);
    }
  }, SILENCE);
}

function connect() {
  stream?.close();
  if (!state.entered) return later(connect, FIRST_PAUSE);
  if (!('EventSource' in window)) return poll();
  stream = new EventSource(address('live'));
  const heard = (name, action) => stream.addEventListener(name, ({ data }) => {
    listen();
    action(JSON.parse(data || '{}'));
  });
  stream.addEventListener('open', () => {
    failures = 0;
    back('live');
    listen();
  });
  stream.addEventListener('error', lose);
  heard('news', arrive);
  heard('refresh', refresh);
  heard('over', () => confirmOver().catch(over));
}

/** Begins, once; comes back at once when the phone does. */
export function watch() {
  const again = () => { failures = 0; connect(); };
  addEventListener('online', again);
  addEventListener('offline', lose);
  addEventListener('pageshow', ({ persisted }) => persisted && again());
  document.addEventListener('visibilitychange', () => !document.hidden && !stream && again());
  const scrolled = () => state.waiting.sure.length && scrollY < 5 && atTop() && takeWaiting();
  addEventListener('scroll', scrolled, { passive: true });
  connect();
}
