// The upload queue: sends three files at a time, retries while the connection is down, and ends each file as uploaded,
// already in the event, or rejected.

import { redraw } from '../redraw.js';
import { host } from './host.js';
import { sendWhole } from './send.js';
import { Tally } from './tally.js';

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

/** Queues files; skips those that the page knows to be there. `to` says where they go, in the page's own way. */
export async function add(to, files) {
  const { signal } = rest;
  const there = await host.known(to, files);
  if (signal.aborted) return;
  for (const file of files) {
    const { name, size } = file;
    const state = /** @type {UploadState} */ ('waiting');
    const item = { id: next++, to, file, name, size, state, code: '', sent: 0, counted: 0, address: '' };
    queue.items.push(item);
    queue.tally.add(item);
    const address = host.begun(to, file);
    if (there.has(file)) {
      setState(item, 'there');
      continue;
    }
    if (address) item.address = address;
    waiting.push(item);
  }
  redraw();
  pump();
}

/** Goes on; also after the page got its session back. */
export function pump() {
  while (lanes < LANES && waiting.length && !queue.paused && host.isIn()) run(waiting.shift());
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
    refuseAll(item, outcome.over);
  } else if (item.state === 'done' || item.state === 'there') {
    host.sent(item);
    // Finished files are released.
    item.file = null;
  }
  redraw();
  pump();
}

/** Where this file goes no more are accepted: rejects the waiting ones too. */
function refuseAll(item, code) {
  const others = waiting.filter(({ to }) => to === item.to);
  waiting = waiting.filter(({ to }) => to !== item.to);
  for (const one of [item, ...others]) setState(one, 'refused', code);
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
