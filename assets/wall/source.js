// Reads what the wall shows: server-sent events, with polling as a fallback.

import { request } from '../shared/api.js';

const ASK_PAUSE = 15_000;
/** Polling interval while the stream is open, in case an event was lost. */
const SAFETY_PAUSE = 60_000;
const LONGEST_PAUSE = 30_000;
const TIMEOUT = 20_000;
/** Ends requests that hang. */
const timeout = () => AbortSignal.timeout(TIMEOUT);

/** Exchanges the key in the fragment for a cookie, and removes it from the address bar; false if it is invalid. */
export async function enter(id) {
  const key = new URLSearchParams(location.hash.slice(1)).get('k');
  if (!key) return true;
  for (let pause = 1000; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
    try {
      await request('POST', `/wall/${id}/session`, { json: { key }, signal: timeout() });
      // The cookie survives a reload.
      history.replaceState(null, '', location.pathname);
      return true;
    } catch (error) {
      if (error.status >= 400 && error.status < 500 && error.status !== 429) {
        history.replaceState(null, '', location.pathname);
        return false;
      }
      await new Promise((resolve) => { setTimeout(resolve, Math.max(pause, 1000 * (error.wait ?? 0))); });
    }
  }
}

/** Calls `take(state)` on every change. */
export function follow(id, { take, refused, away }) {
  let source = null;
  let isOpen = false;
  let timer = 0;
  let asking = false;
  let again = false;

  async function ask() {
    // One request at a time. Changes meanwhile cause another one.
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    clearTimeout(timer);
    try {
      const state = await (await request('GET', `/wall/${id}/photos`, { signal: timeout() })).json();
      away(false);
      listen();
      take(state);
    } catch (error) {
      if (error.status === 401 || error.status === 403 || error.status === 404) refused(error.code);
      else away(true);
    }
    asking = false;
    if (again) {
      again = false;
      return void ask();
    }
    timer = setTimeout(ask, isOpen ? SAFETY_PAUSE : ASK_PAUSE);
  }

  function listen() {
    if (source && source.readyState !== EventSource.CLOSED) return;
    source = new EventSource(`/wall/${id}/live`);
    let opened = false;
    source.addEventListener('open', () => {
      isOpen = true;
      // Changes between two connections would be missed.
      if (opened) ask();
      opened = true;
    });
    source.addEventListener('changed', ask);
    // The browser reconnects; if it gives up, the next answer opens a new stream.
    source.addEventListener('error', () => { isOpen = false; });
  }

  addEventListener('online', ask);
  ask();
}
