// The upload queue: files wait, go three at a time, are tried again while the connection is down, and end as taken,
// already there, or refused.

import { redraw } from '../core/redraw.js';
import { uploadsPath } from '../core/server.js';
import { onSignIn, session } from '../core/session.js';
import { alreadySent, keepSent } from './sent.js';
import { sendWhole } from './send.js';
import { Tally } from './tally.js';
import { takeUnfinished } from './unfinished.js';

const LANES = 3;
/** @type {{items: UploadItem[], tally: Tally, paused: boolean, trouble: string}} `trouble`: why the queue stopped. */
export const queue = { items: [], tally: new Tally(), paused: false, trouble: '' };
/** @type {UploadItem[]} */ let waiting = [];
let lanes = 0;
let next = 0;
let stop = new AbortController();
let rest = new AbortController();

export const isUploading = () => queue.tally.left > 0;

export function setState(item, state, code = '') {
  queue.tally.state(item, state);
  item.code = code;
  redraw();
}

function progress(item, offset, isNew) {
  if (isNew) queue.tally.sent(offset - item.sent);
  item.sent = offset;
  queue.tally.count(item, offset);
  redraw();
}

/** Aborted when all that wait, or are still being found, are taken off the list. */
export const dropping = () => rest.signal;

/** Puts files of an event into the queue; those that this browser has sent before, and the event still has, are not. */
export async function add(eventId, files) {
  const { signal } = rest;
  const there = await alreadySent(eventId, files);
  if (signal.aborted) return;
  for (const file of files) {
    const { name, size } = file;
    const state = /** @type {UploadState} */ ('waiting');
    const item = { id: next++, eventId, file, name, size, state, code: '', sent: 0, counted: 0, address: '' };
    queue.items.push(item);
    queue.tally.add(item);
    if (there.has(file)) {
      setState(item, 'there');
      continue;
    }
    const unfinished = takeUnfinished(eventId, file);
    if (unfinished) item.address = `${uploadsPath(eventId)}/${unfinished.id}`;
    waiting.push(item);
  }
  redraw();
  pump();
}

function pump() {
  while (lanes < LANES && waiting.length && !queue.paused && session.state === 'in') run(waiting.shift());
}

async function run(item) {
  lanes += 1;
  /** @type {any} */ let outcome = 'done';
  try {
    outcome = await sendWhole(item, { signal: stop.signal, setState, progress });
  } catch {
    // Whatever it was: the other files go on.
    setState(item, 'refused', 'internal');
  } finally {
    lanes -= 1;
  }
  if (outcome === 'again' || outcome.stop) {
    setState(item, 'waiting');
    waiting.unshift(item);
    if (outcome.stop) pause(outcome.stop);
  } else if (outcome.over) {
    refuseEvent(item, outcome.over);
  } else if (item.state === 'done' || item.state === 'there') {
    keepSent(item);
    // Thousands of finished files need not be held open.
    item.file = null;
  }
  redraw();
  pump();
}

/** The event of this file takes no more: its other files need not ask. */
function refuseEvent(item, code) {
  const ofEvent = waiting.filter(({ eventId }) => eventId === item.eventId);
  waiting = waiting.filter(({ eventId }) => eventId !== item.eventId);
  for (const one of [item, ...ofEvent]) setState(one, 'refused', code);
}

export function pause(trouble = '') {
  queue.paused = true;
  queue.trouble = trouble;
  stop.abort();
  redraw();
}

export function resume() {
  queue.paused = false;
  queue.trouble = '';
  stop = new AbortController();
  redraw();
  pump();
}

/** Tries a refused file once more. */
export function retry(item) {
  item.address = '';
  item.sent = 0;
  setState(item, 'waiting');
  waiting.push(item);
  pump();
}

/** Takes a file that waits or is over off the list. */
export function drop(item) {
  waiting = waiting.filter((other) => other !== item);
  queue.items = queue.items.filter((other) => other !== item);
  queue.tally.remove(item);
  redraw();
}

/** Takes all that wait off the list. */
export function dropWaiting() {
  rest.abort();
  rest = new AbortController();
  const gone = new Set(waiting);
  waiting = [];
  queue.items = queue.items.filter((item) => !gone.has(item));
  for (const item of gone) queue.tally.remove(item);
  redraw();
}

/** Clears finished files. */
export function clearFinished() {
  const kept = queue.items.filter(({ state }) => state === 'waiting' || state === 'sending' || state === 'retrying');
  queue.items = kept;
  queue.tally = Tally.of(kept);
  redraw();
}

onSignIn(pump);
