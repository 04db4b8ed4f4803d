// The upload queue: sends three files at a time, retries while the connection is down, and ends each file as uploaded,
// already in the event, or rejected.

import { redraw } from '../core/redraw.js';
import { uploadsPath } from '../core/server.js';
import { onSignIn, session } from '../core/session.js';
import { sendWhole } from './send.js';
import { alreadySent, keepSent } from './sent.js';
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

/** Aborted when waiting files, or those still being found, are cancelled. */
export const dropping = () => rest.signal;

/** Queues files of an event; skips those that this browser has sent and the event still has. */
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
    const unfinished = takeUnfinished(eventId, file);
    if (there.has(file)) {
      setState(item, 'there');
      continue;
    }
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
    // Whatever happened, the other files continue.
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
    // Finished files are released.
    item.file = null;
  }
  redraw();
  pump();
}

/** The event accepts no more files: rejects its waiting ones too. */
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

/** Retries a rejected file. */
export function retry(item) {
  item.address = '';
  item.sent = 0;
  setState(item, 'waiting');
  waiting.push(item);
  pump();
}

/** Removes a waiting or finished file. */
export function drop(item) {
  waiting = waiting.filter((other) => other !== item);
  queue.items = queue.items.filter((other) => other !== item);
  queue.tally.remove(item);
  redraw();
}

/** Cancels all waiting files. */
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
