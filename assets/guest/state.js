// What the page knows of the guest and of the photos. Every change draws the page anew.

import { boot, reason } from '../shared/text.js';
import { send } from '../shared/api.js';
import { forgetVisit, remember } from '../shared/visits.js';

export const { base, event } = boot;
const linked = /^(https?|mailto|tel):/.test(event.photographer_link ?? '');
export const photographerLink = linked ? event.photographer_link : null;
export const address = (photo, kind) => `${base}/photos/${photo.id}/${kind}`;

export const state = {
  entered: boot.entered,
  consented: boot.consented,
  /** The server holds the numbers of this guest's face. */
  searching: boot.searching,
  /** Results were fetched. */
  found: false,
  closed: event.closed,
  photos: event.photos,
  /** Up to where the server told; only the server reads it. */
  sequence: null,
  sure: [],
  maybe: [],
  removed: 0,
  /** Matches that wait until the guest goes to the top, those shown last, and photos of anybody since. */
  waiting: { sure: [], maybe: [] },
  fresh: new Set(),
  arrived: 0,
  /** 'off', 'live', 'lost' or 'polling'. */
  link: 'off',
  /** A picture that is searched with, and the address under which this page shows it. */
  busy: false,
  selfie: null,
  /** Ids chosen, or null where nothing is chosen. */
  chosen: null,
  problem: null,
};

let draw = () => {};
export const onChange = (listener) => { draw = listener; };
export function change(patch) {
  Object.assign(state, patch);
  draw();
}

const NOBODY = { searching: false, found: false, sure: [], maybe: [], waiting: { sure: [], maybe: [] }, chosen: null };

/** A refusal becomes a sentence on the page, and the view that helps. */
export function refuse(error) {
  const known = {
    'session.required': { ...NOBODY, entered: false, consented: false },
    'consent.required': { ...NOBODY, consented: false },
    'search.over': NOBODY,
    'event.closed': { closed: true },
  };
  change({ busy: false, problem: reason(error), ...known[error.code] });
}

/** Does it; whether it was done. */
export async function attempt(action) {
  try {
    change({ problem: null });
    await action();
    return true;
  } catch (error) {
    refuse(error);
    return false;
  }
}

/** Opens the event with a password, a key from a link, or nothing where nothing is asked for. */
export async function enter(proof = {}) {
  await send('POST', `${base}/session`, { json: proof });
  remember({ name: event.name, base });
  change({ entered: true });
}

export const enterIfOpen = () => (state.entered ? null : enter());

export async function agree() {
  await enterIfOpen();
  await send('POST', `${base}/consent`);
  change({ consented: true });
}

function take({ sequence, photos, sure, maybe, removed }) {
  const none = { waiting: { sure: [], maybe: [] }, fresh: new Set() };
  change({ ...none, sequence, photos, sure, maybe, removed, found: true, searching: true, busy: false });
}

export async function search(picture) {
  if (state.selfie) URL.revokeObjectURL(state.selfie);
  change({ busy: true, selfie: URL.createObjectURL(picture) });
  take(await send('POST', `${base}/search`, { body: picture }));
}

export const fetchMatches = async () => take(await send('GET', `${base}/matches`));

/** The server forgets the face; bookmarks stay. */
export async function forgetFace() {
  await send('DELETE', `${base}/search`);
  if (state.selfie) URL.revokeObjectURL(state.selfie);
  change({ ...NOBODY, selfie: null });
}

export async function withdraw() {
  await send('DELETE', `${base}/consent`);
  change({ ...NOBODY, consented: false });
}

/** Everything is forgotten: session, agreement, face, bookmarks. */
export async function leave() {
  await send('DELETE', `${base}/session`);
  forgetVisit(base);
  location.replace(base);
}

/** Sets or clears a mark: `bookmark`, `not_me` or `hidden`. */
export const mark = (photo, kind, on) => send(on ? 'PUT' : 'DELETE', `${base}/photos/${photo.id}/marks/${kind}`);

export async function bookmark(photo, on) {
  await mark(photo, 'bookmark', on);
  photo.bookmarked = on;
  for (const other of [...state.sure, ...state.maybe]) if (other.id === photo.id) other.bookmarked = on;
  change({});
}

/** Takes a match away; gives what brings it back. */
export async function remove(photo, kind) {
  const before = { sure: state.sure, maybe: state.maybe };
  await mark(photo, kind, true);
  const others = (list) => list.filter(({ id }) => id !== photo.id);
  change({ sure: others(state.sure), maybe: others(state.maybe), removed: state.removed + 1 });
  return async () => {
    await mark(photo, kind, false);
    const back = (list, old) => (old.some(({ id }) => id === photo.id)
      ? [...list.filter((one) => !old.includes(one)), ...old.filter((one) => one.id === photo.id || list.includes(one))]
      : list);
    const [sure, maybe] = [back(state.sure, before.sure), back(state.maybe, before.maybe)];
    change({ sure, maybe, removed: state.removed - 1 });
  };
}
