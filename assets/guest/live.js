// New photos as they arrive: a stream of events, asked for instead where streams do not get through. Nothing on the
// page moves by itself, unless the guest is at its top.

import { send } from '../shared/api.js';
import { base, change, fetchMatches, refuse, state } from './state.js';
import { renew } from './settings.js';

const [FIRST_PAUSE, LONGEST_PAUSE, POLL, SILENCE, FRESH, SPREAD] = [1_000, 30_000, 10_000, 45_000, 20_000, 2_000];
const STREAM_TRIES = 3;

let stream = null;
let [timer, fading, failures] = [0, 0, 0];
let refreshed = () => {};
/** The view of all photos hears when they changed. */
export const onRefresh = (listener) => { refreshed = listener; };

const atTop = () => scrollY < 60 && !document.querySelector('dialog[open]') && !state.chosen
  && document.body.dataset.view === 'me';

function later(action, milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(action, milliseconds);
}

/** Puts waiting matches on top. */
function show({ sure, maybe }) {
  change({
    sure: [...sure, ...state.sure],
    maybe: [...maybe, ...state.maybe],
    fresh: new Set([...state.fresh, ...[...sure, ...maybe].map(({ id }) => id)]),
    waiting: { sure: [], maybe: [] },
  });
  clearTimeout(fading);
  fading = setTimeout(() => change({ fresh: new Set() }), FRESH);
}

export function takeWaiting() {
  show(state.waiting);
  scrollTo({ top: 0, behavior: 'smooth' });
}

/** The program was started anew meanwhile; or that news was older than the search. */
async function confirmOver() {
  const { searching } = await send('GET', `${base}/news${since()}`);
  if (state.searching && !searching) over({ code: 'search.over' });
}

function arrive({ sequence, photos, searching, sure, maybe }) {
  if (state.searching && searching === false) confirmOver().catch(over);
  const arrived = state.arrived + Math.max(0, photos - state.photos);
  const known = new Set([state, state.waiting].flatMap((all) => [...all.sure, ...all.maybe]).map(({ id }) => id));
  const unknown = (list) => list.filter(({ id }) => !known.has(id));
  const waiting = { sure: [...unknown(sure), ...state.waiting.sure], maybe: [...unknown(maybe), ...state.waiting.maybe] };
  change({ sequence, photos, arrived, waiting });
  if (atTop() && waiting.sure.length + waiting.maybe.length) show(waiting);
}

/** All guests hear of it at the same moment, and do not all ask at the same moment. */
let waits = 0;
function refresh() {
  waits ||= setTimeout(async () => {
    waits = 0;
    await renew();
    refreshed();
    if (state.searching) await fetchMatches().catch(over);
  }, Math.random() * SPREAD);
}

/** What cannot come back by itself is said. */
function over(error) {
  if (['search.over', 'session.required', 'event.closed'].includes(error.code)) refuse(error);
}

const since = () => (state.sequence ? `?since=${encodeURIComponent(state.sequence)}` : '');

async function ask() {
  const news = await send('GET', `${base}/news${since()}`);
  arrive(news);
  if (news.refresh) refresh();
}

async function poll() {
  try {
    await ask();
    if (state.link !== 'polling') change({ link: 'polling' });
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
  stream = new EventSource(`${base}/live${since()}`);
  const heard = (name, action) => stream.addEventListener(name, ({ data }) => {
    listen();
    action(JSON.parse(data || '{}'));
  });
  stream.addEventListener('open', () => {
    failures = 0;
    change({ link: 'live' });
    listen();
  });
  stream.addEventListener('error', lose);
  heard('news', arrive);
  heard('refresh', refresh);
  heard('over', () => state.searching && over({ code: 'search.over' }));
}

/** Begins, once; comes back at once when the phone does. */
export function watch() {
  const again = () => { failures = 0; connect(); };
  addEventListener('online', again);
  addEventListener('offline', lose);
  addEventListener('pageshow', ({ persisted }) => persisted && again());
  document.addEventListener('visibilitychange', () => !document.hidden && !stream && again());
  addEventListener('scroll', () => state.waiting.sure.length && scrollY < 5 && atTop() && takeWaiting(), { passive: true });
  connect();
}
