// What the page knows about the guest and the photos. Every change redraws the page.

import { boot, reason } from '../shared/text.js';
import { send } from '../shared/api.js';
import { forgetVisit, remember } from '../shared/visits.js';

/** @type {{base: string, event: GuestEvent}} */
export const { base, event } = /** @type {any} */ (boot);
const linked = /^(https?|mailto|tel):/.test(event.photographer_link ?? '');
export const photographerLink = linked ? event.photographer_link : null;
/** Another version of a photo is another picture to the browser, which keeps them. */
export const address = ({ id, version }, kind) =>
  `${base}/photos/${id}/${kind}${version && version !== id ? `?v=${version}` : ''}`;

/** @type {GuestState} */
export const state = {
  entered: boot.entered,
  /** Counts entries: data of an earlier one is not shown in the next. */
  entry: 0,
  /** The entry key of the link, until it has been used. */
  key: null,
  consented: boot.consented,
  /** The server holds this guest's face code. */
  searching: boot.searching,
  /** Matches were fetched. */
  found: false,
  closed: event.closed, ended: event.faces_ended,
  /** Whether guests may send photos, and how; null: they may not. So many are on their way. */
  uploads: boot.uploads ?? null,
  sending: 0,
  deleted: false,
  photos: event.photos,
  /** The position of the last news; opaque. */
  sequence: null,
  sure: [],
  maybe: [],
  removed: 0,
  /** So many selfies the guest has searched with, and so many people were searched for. */
  selfies: 0,
  people: 1,
  /** The matches are of the person whose face the guest tapped in a photo. */
  tapped: false,
  /** Whether photos show `all` of several people, or `any`. */
  mode: null,
  /** New matches that are not shown yet, those marked as new, and how many photos arrived since. */
  waiting: { sure: [], maybe: [] },
  fresh: new Set(),
  arrived: 0,
  /** 'off', 'live', 'lost' or 'polling'. */
  link: 'off',
  /** A search is running; the object URL of its selfie. */
  busy: false,
  selfie: null,
  /** Selected photos by id; null while not selecting. */
  chosen: null,
  /** The sentence for the last error; whether the server was unreachable, or the sentence is only a notice. */
  problem: null,
  unreached: false,
  calm: false,
  /** The guest is taking another selfie, to `add` it or to `replace` those before; until then the matches are kept. */
  again: null,
  /** A selfie with several people: its picture and their faces, of which the guest chooses. */
  question: null,
};

let draw = () => {};
export const onChange = (listener) => { draw = listener; };
export function change(patch) {
  Object.assign(state, patch);
  draw();
}

/** The state without a question; also releases its picture. */
export function dropQuestion() {
  if (state.question) URL.revokeObjectURL(state.question.shown);
  return { question: null };
}

/** The state without a search; also releases the selfie. */
export function withoutSearch() {
  if (state.selfie) URL.revokeObjectURL(state.selfie);
  const none = { sure: [], maybe: [], waiting: { sure: [], maybe: [] }, fresh: new Set(), removed: 0, tapped: false };
  const nothing = { searching: false, found: false, selfie: null, chosen: null, again: null };
  return { ...none, ...nothing, ...dropQuestion() };
}

/** Shows the sentence for an error, and the view that helps. */
export function refuse(error) {
  const known = {
    'session.required': () => ({ ...withoutSearch(), entered: false, consented: false }),
    'consent.required': () => ({ ...withoutSearch(), consented: false }),
    'search.over': withoutSearch,
    'face.not_found': withoutSearch,
    'event.closed': () => ({ closed: true }),
    'faces.ended': () => ({ ...withoutSearch(), ended: true }),
    'event.not_found': () => ({ ...withoutSearch(), deleted: true, closed: true }),
  };
  if (error.code === 'event.not_found') forgetVisit(base);
  const problem = ['event.not_found', 'faces.ended'].includes(error.code) ? null : reason(error);
  // Face data ends by itself, or when the server starts again: no error.
  const calm = error.code === 'search.over';
  change({ busy: false, problem, calm, unreached: error.status === 0, ...known[error.code]?.() });
}

/** Runs `action` and shows why it failed; true when it succeeded. */
export async function attempt(action) {
  try {
    change({ problem: null });
    await action();
    return true;
  } catch (error) {
    refuse(error);
  }
  return false;
}

/** True for errors that may pass: unreachable, rate limited or a server error. */
const isTransient = ({ status = 0 }) => !status || status === 429 || status >= 500;

/** Enters the event with a password, an entry key, or nothing for an open event. */
export async function enter(proof = {}) {
  try {
    await send('POST', `${base}/session`, { json: proof });
  } catch (error) {
    if (!isTransient(error)) state.key = null;
    throw error;
  }
  remember({ name: event.name, base });
  change({ ...withoutSearch(), entered: true, consented: false, key: null, entry: state.entry + 1 });
}

export const enterIfOpen = () => (state.entered ? null : enter(state.key ? { key: state.key } : {}));

export async function agree() {
  await enterIfOpen();
  await send('POST', `${base}/consent`);
  change({ consented: true });
}

export async function withdraw() {
  await send('DELETE', `${base}/consent`);
  change({ ...withoutSearch(), consented: false });
}

/** Deletes session, consent, face code and favourites. */
export async function leave() {
  await send('DELETE', `${base}/session`);
  forgetVisit(base);
  location.replace(base);
}
