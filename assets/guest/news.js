// What news does to the page: new matches wait where they move nothing, and what is over is said.

import { send } from '../shared/api.js';
import { base, change, refuse, state } from './state.js';

const FRESH = 20_000;
let fading = 0;

/** The address of what is new. */
export const address = (path) =>
  `${base}/${path}${state.sequence ? `?since=${encodeURIComponent(state.sequence)}` : ''}`;

/** Nothing that the guest looks at would move. */
export const atTop = () => scrollY < 60 && !document.querySelector('dialog[open]') && !state.chosen
  && document.body.dataset.view === 'me';

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

/** What cannot come back by itself is said. */
export function over(error) {
  if (['search.over', 'session.required', 'event.closed'].includes(error.code)) refuse(error);
}

/** Why: the program was started anew, the event closed; or what told it was older than the search. */
export async function confirmOver() {
  if (!state.searching) return;
  const { searching } = await send('GET', address('news'));
  if (state.searching && !searching) over({ code: 'search.over' });
}

export function arrive({ sequence, photos, searching, sure, maybe }) {
  if (searching === false) confirmOver().catch(over);
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
