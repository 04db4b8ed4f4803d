// The files that this page was given and has not sent, by name and size: after a reload or a crash the page can say
// which are missing. The files themselves no browser keeps.

import { forget, recall, remember } from '../core/memory.js';

/** A crash loses no more than this; the end of the page is noticed. */
const SAVED_EVERY = 3000;
const MOST = 20_000;
/** What an earlier page left, by event id and file. @type {Map<number, Map<string, {name: string, size: number}>>} */
const left = new Map();

const place = (eventId) => `unsent.${eventId}`;
const key = ({ name, size }) => `${size}|${name}`;
const isUnsent = ({ state }) => state === 'waiting' || state === 'sending' || state === 'retrying';

function leftOf(eventId) {
  const known = left.get(eventId)
    ?? new Map(recall(place(eventId), []).map(([name, size]) => [key({ name, size }), { name, size }]));
  left.set(eventId, known);
  return known;
}

/** What an earlier page was given for this event, `{name, size}` each, and this one not yet. */
export const unsent = (eventId) => [...leftOf(eventId).values()];

/** The file is here again. */
export const isBack = (eventId, file) => leftOf(eventId).delete(key(file));

/** The photographer does not want these any more. */
export function forgetUnsent(eventId) {
  leftOf(eventId).clear();
  forget(place(eventId));
}

/**
 * Remembers the files of the queue that are not sent, from now on.
 * @param {() => UploadItem[]} items
 */
export function rememberUnsent(items) {
  const touched = new Set();
  const save = () => {
    const waiting = items().filter(isUnsent);
    for (const { to } of waiting) touched.add(to);
    for (const eventId of touched) {
      const files = [...waiting.filter(({ to }) => to === eventId), ...unsent(eventId)];
      if (files.length) remember(place(eventId), files.slice(0, MOST).map(({ name, size }) => [name, size]));
      else forget(place(eventId));
      if (!files.length) touched.delete(eventId);
    }
  };
  setInterval(save, SAVED_EVERY);
  addEventListener('pagehide', save);
}
