// What the page knows of the guest and of the photos. Every change draws the page anew.

import { boot, reason } from '../shared/text.js';
import { send } from '../shared/api.js';
import { forgetVisit, remember } from '../shared/visits.js';

/** @type {{base: string, event: GuestEvent}} */
export const { base, event } = /** @type {any} */ (boot);
const linked = /^(https?|mailto|tel):/.test(event.photographer_link ?? '');
export const photographerLink = linked ? event.photographer_link : null;
export const address = (photo, kind) => `${base}/photos/${photo.id}/${kind}`;

/** @type {GuestState} */
export const state = {
  entered: boot.entered,
  /** Counts entries: what belongs to an earlier one is not shown in the next. */
  entry: 0,
  /** The key of a link that has not let anybody in yet. */
  key: null,
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
  /** Photos chosen, by their ids, or null where nothing is chosen. */
  chosen: null,
  /** What went wrong; whether that was because nobody was reached. */
  problem: null,
  unreached: false,
  /** The guest is about to take another selfie; the face of the one before is still known. */
  again: false,
};

let draw = () => {};
export const onChange = (listener) => { draw = listener; };
export function change(patch) {
  Object.assign(state, patch);
  draw();
}

/** What the page knows of nobody; the picture that was searched with goes, too. */
function nobody() {
  if (state.selfie) URL.revokeObjectURL(state.selfie);
  const none = { sure: [], maybe: [], waiting: { sure: [], maybe: [] }, fresh: new Set(), removed: 0 };
  return { ...none, searching: false, found: false, selfie: null, chosen: null, again: false };
}

/** A refusal becomes a sentence on the page, and the view that helps. */
export function refuse(error) {
  const known = {
    'session.required': () => ({ ...nobody(), entered: false, consented: false }),
    'consent.required': () => ({ ...nobody(), consented: false }),
    'search.over': nobody,
    'event.closed': () => ({ closed: true }),
  };
  change({ busy: false, problem: reason(error), unreached: error.status === 0, ...known[error.code]?.() });
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

/** What a later try may get past: nobody was reached, or too much was going on. */
const passes = ({ status = 0 }) => !status || status === 429 || status >= 500;

/** Opens the event with a password, a key from a link, or nothing where nothing is asked for. */
export async function enter(proof = {}) {
  try {
    await send('POST', `${base}/session`, { json: proof });
  } catch (error) {
    if (!passes(error)) state.key = null;
    throw error;
  }
  remember({ name: event.name, base });
  change({ ...nobody(), entered: true, consented: false, key: null, entry: state.entry + 1 });
}

export const enterIfOpen = () => (state.entered ? null : enter(state.key ? { key: state.key } : {}));

export async function agree() {
  await enterIfOpen();
  await send('POST', `${base}/consent`);
  change({ consented: true });
}

function take({ sequence, photos, sure, maybe, removed }) {
  const none = { waiting: { sure: [], maybe: [] }, fresh: new Set() };
  change({ ...none, sequence, photos, sure, maybe, removed, found: true, searching: true, busy: false, again: false });
}

export async function search(picture) {
  const [before, selfie] = [state.selfie, URL.createObjectURL(picture)];
  change({ busy: true, selfie });
  try {
    take(await send('POST', `${base}/search`, { body: picture }));
    if (before) URL.revokeObjectURL(before);
  } catch (error) {
    // What the one before found stays.
    change({ selfie: before });
    URL.revokeObjectURL(selfie);
    throw error;
  }
}

export const fetchMatches = async () => take(await send('GET', `${base}/matches`));

/** The server forgets the face; bookmarks stay. */
export async function forgetFace() {
  await send('DELETE', `${base}/search`);
  change(nobody());
}

export async function withdraw() {
  await send('DELETE', `${base}/consent`);
  change({ ...nobody(), consented: false });
}

/** Everything is forgotten: session, agreement, face, bookmarks. */
export async function leave() {
  await send('DELETE', `${base}/session`);
  forgetVisit(base);
  location.replace(base);
}
