// What the wall shows, from the server: told by events, asked for where events do not come.

import { request } from '../shared/api.js';

const ASK_PAUSE = 15_000;
/** Even while events come: whatever was missed is found after this. */
const SAFETY_PAUSE = 60_000;
const LONGEST_PAUSE = 30_000;
const PATIENCE = 20_000;
/** An answer that does not come must not be waited for for ever. */
const patience = () => AbortSignal.timeout(PATIENCE);

/** Trades the key behind "#" for a cookie, and takes it out of the address bar; false when it is no longer good. */
export async function enter(id) {
  const key = new URLSearchParams(location.hash.slice(1)).get('k');
  if (!key) return true;
  for (let pause = 1000; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
    try {
      await request('POST', `/wall/${id}/session`, { json: { key }, signal: patience() });
      // A reload goes on by the cookie.
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

/** Calls `take(state)` with every change, for ever. */
export function follow(id, { take, refused, away }) {
  let source = null;
  let isOpen = false;
  let timer = 0;
  let asking = false;
  let again = false;

  async function ask() {
    // One question at a time; what changed meanwhile is asked for afterwards.
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    clearTimeout(timer);
    try {
      const state = await (await request('GET', `/wall/${id}/photos`, { signal: patience() })).json();
      away(false);
      listen();
      take(state);
    } catch (error) {
      if (error.status === 401 || error.status === 403 || error.status === 404) refused();
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
      // Between two connections something may have changed unheard.
      if (opened) ask();
      opened = true;
    });
    source.addEventListener('changed', ask);
    // The browser connects again by itself; where it gives up, the next question begins anew.
    source.addEventListener('error', () => { isOpen = false; });
  }

  addEventListener('online', ask);
  ask();
}
