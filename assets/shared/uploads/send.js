// Uploads one file in pieces, and retries while the connection is at fault.

import { looksLikePicture } from './folders.js';
import { host } from './host.js';
import * as tus from './tus.js';

const LONGEST_PAUSE = 20_000;
/** Errors that stop the whole queue: other files would fail too. */
const STOPS = ['storage.full', 'admin.required', 'source.paused'];
/** Errors that end all uploads to the same place. */
const ENDS = ['event.closed', 'event.not_found', 'event.not_owner', 'source.full'];
/** Statuses that are retried. */
const PASSES = [0, 408, 423, 429, 500, 502, 503, 504];

/** A pause that ends early when the network comes back or the queue is stopped. */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const ended = () => {
      clearTimeout(timer);
      removeEventListener('online', ended);
      signal.removeEventListener('abort', ended);
      resolve(undefined);
    };
    const timer = setTimeout(ended, milliseconds);
    addEventListener('online', ended);
    signal.addEventListener('abort', ended);
  });
}

const backoff = (attempt, wait) =>
  Math.max(wait * 1000, Math.min(LONGEST_PAUSE, 500 * 2 ** attempt) * (0.75 + Math.random() / 2));

/** Tells whether the file can still be read: its card may be gone. */
const isReadable = (file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

async function pieces(item, signal, progress) {
  let answer = { offset: 0, whole: false };
  if (item.address) answer = await tus.ask(item.address, signal);
  else item.address = await tus.create(host.path(item.to), item.file, signal, host.about(item));
  progress(item, answer.offset, false);
  while (!answer.whole) {
    answer = await tus.sendPiece(item.address, item.file, item.sent, signal);
    progress(item, answer.offset, true);
  }
  return answer.duplicate ? 'there' : 'done';
}

/**
 * Sends a file: `done`, or `{stop: code}` when the queue must stop, or `{over: code}` when no more are accepted there,
 * or `again` when it was paused. The file's state tells the result.
 */
export async function sendWhole(item, { signal, setState, progress }) {
  for (let attempt = 0; ; attempt += 1) {
    if (signal.aborted) return 'again';
    setState(item, 'sending');
    try {
      if (attempt === 0 && !await looksLikePicture(item.file)) {
        setState(item, 'refused', 'upload.refused');
        return 'done';
      }
      setState(item, await pieces(item, signal, progress));
      return 'done';
    } catch (error) {
      const verdict = await judge(item, error, signal, attempt);
      if (verdict === 'retry') {
        setState(item, 'retrying', error.code);
        await pause(backoff(attempt, error.wait ?? 0), signal);
      } else if (typeof verdict === 'object' && verdict.refused) {
        setState(item, 'refused', verdict.refused);
        return 'done';
      } else if (verdict !== 'at once') return verdict;
      // Progress resets the backoff.
      if (item.sent > (item.sentBefore ?? 0)) attempt = 0;
      item.sentBefore = item.sent;
    }
  }
}

/** @returns {Promise<'retry' | 'at once' | 'again' | {refused?: string, stop?: string, over?: string}>} */
async function judge(item, error, signal, attempt) {
  if (signal.aborted) return 'again';
  // After some immediate attempts the next ones wait.
  const soon = attempt > 2 ? 'retry' : 'at once';
  if (error.status === 401 || error.code === 'request.csrf') return await host.renew(error) ? soon : 'again';
  // Errors without a status come from the browser.
  if (error.status === undefined || !await isReadable(item.file)) return { refused: 'upload.unreadable' };
  // The upload is finished (and the response was lost) or expired, or the event is gone or closed: HEAD has no body
  // that tells. Creating it again does, and the server recognises a photo that it has.
  if (item.address && (error.status === 404 || (error.status === 403 && error.code === 'internal'))) {
    item.address = '';
    item.sent = 0;
    return soon;
  }
  if (error.code === 'upload.offset') return soon;
  if (ENDS.includes(error.code)) return { over: error.code };
  if (STOPS.includes(error.code)) return { stop: error.code };
  return PASSES.includes(error.status) ? 'retry' : { refused: error.code };
}
