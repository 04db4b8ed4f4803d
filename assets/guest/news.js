// Applies live updates: new matches wait while they would move what the guest is looking at.

import { send } from '../shared/api.js';
import { base, change, refuse, state } from './state.js';

const FRESH = 20_000;
const ENDS = ['search.over', 'face.not_found', 'session.required', 'event.closed', 'event.not_found'];
let fading = 0;

/** The path of `path` with the position of the last news. */
export const newsPath = (path) =>
  `${base}/${path}${state.sequence ? `?since=${encodeURIComponent(state.sequence)}` : ''}`;

/** True when inserting photos would not move what the guest is looking at. */
export const atTop = () => scrollY < 60 && !document.querySelector('dialog[open]') && !state.chosen
  && document.body.dataset.view === 'me';

/** Puts new matches on top. */
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

/** Shows errors that do not pass by themselves. */
export function showEnd(error) {
  if (ENDS.includes(error.code)) refuse(error);
}

/** Checks that the search has really ended: the news may be older than the search. */
export async function confirmEnd() {
  if (!state.searching) return;
  const { searching } = await send('GET', newsPath('news'));
  if (state.searching && !searching) showEnd({ code: 'search.over' });
}

export function arrive({ sequence, photos, searching, sure, maybe }) {
  if (searching === false) confirmEnd().catch(showEnd);
  const arrived = state.arrived + Math.max(0, photos - state.photos);
  const known = new Set([state, state.waiting].flatMap((all) => [...all.sure, ...all.maybe]).map(({ id }) => id));
  const unknown = (list) => list.filter(({ id }) => !known.has(id));
  const waiting = {
    sure: [...unknown(sure), ...state.waiting.sure],
    maybe: [...unknown(maybe), ...state.waiting.maybe],
  };
  change({ sequence, photos, arrived, waiting });
  if (atTop() && waiting.sure.length + waiting.maybe.length) show(waiting);
}
