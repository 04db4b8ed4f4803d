// Event settings may change while the page is open. Fetching the page again tells the current ones.

import { onRefusal, request } from '../shared/api.js';
import { base, change, event, state } from './state.js';

const TELLING = ['event.closed', 'event.matches_only', 'download.forbidden', 'tap.forbidden', 'source.paused'];
let asking = null;
let changed = () => {};
/** Calls `listener` when the settings changed. */
export const onSettings = (listener) => { changed = listener; };

async function ask() {
  const page = await (await request('GET', base)).text();
  const { textContent } = new DOMParser().parseFromString(page, 'text/html').getElementById('boot');
  const { event: now, uploads = null } = JSON.parse(textContent ?? '');
  const reopened = state.closed && !now.closed;
  const { download, visibility, tap_search, closed } = now;
  Object.assign(event, { download, visibility, tap_search, closed });
  change({ closed: now.closed, uploads, ...(reopened ? { problem: null } : {}) });
  changed();
}

/** Reads the current settings; keeps the old ones when the server cannot be reached. */
export function renew() {
  asking ??= ask().catch(() => {}).finally(() => { asking = null; });
  return asking;
}

onRefusal((code) => TELLING.includes(code) && renew());
