// The guests' address, asked for every few seconds: when it changes, links and codes on open pages are of no use.

import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { chooseAddress, readAddress } from '../core/server.js';
import { endSession, onSignIn, session } from '../core/session.js';

const PAUSE = 4000;

/** `now` is null until the first answer; `known` is the URL that the photographer has seen. */
/** @type {{now: Api.GuestsAddress | null, known: string}} */
export const address = { now: null, known: '' };
const listeners = new Set();
let polling = null;

/** Calls `listener` after each change of the URL, until the returned function is called. */
export function onMove(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** @param {Api.GuestsAddress} now */
function take(now) {
  const moved = address.now && address.now.base_url !== now.base_url;
  const changed = JSON.stringify(address.now) !== JSON.stringify(now);
  address.now = now;
  address.known ||= now.base_url;
  if (moved) for (const listener of listeners) listener();
  if (changed) redraw();
}

async function ask() {
  if (!session.uses_studio) return;
  try {
    take(await readAddress());
  } catch (error) {
    if (error.status !== 401) return;
    polling?.stop();
    endSession();
  }
}

/** Whether there is an address that the photographer has not seen. */
export const hasMoved = () => address.now !== null && address.now.base_url !== address.known;

/** The photographer has seen the address. */
export function seen() {
  address.known = address.now?.base_url ?? '';
  redraw();
}

/** @param {string | null} wanted an address of the server; null for the best one */
export async function choose(wanted) {
  const now = await chooseAddress(wanted);
  // Who chooses knows.
  address.known = now.base_url;
  take(now);
}

onSignIn(() => {
  polling?.stop();
  polling = poll(ask, () => PAUSE);
});
