// What the photographer set may change while the page is open: then the page's own address says how it is now.

import { onRefusal, request } from '../shared/api.js';
import { base, change, event, state } from './state.js';

const TELLING = ['event.closed', 'event.matches_only', 'download.forbidden'];
let asking = null;
let changed = () => {};
/** The large view hears what may be done now. */
export const onSettings = (listener) => { changed = listener; };

async function ask() {
  const page = await (await request('GET', base)).text();
  const { textContent } = new DOMParser().parseFromString(page, 'text/html').getElementById('boot');
  const now = JSON.parse(textContent ?? '').event;
  const reopened = state.closed && !now.closed;
  Object.assign(event, { download: now.download, visibility: now.visibility, closed: now.closed });
  change({ closed: now.closed, ...(reopened ? { problem: null } : {}) });
  changed();
}

/** Takes over what is set now; where nobody is reached, all stays as it was. */
export function renew() {
  asking ??= ask().catch(() => {}).finally(() => { asking = null; });
  return asking;
}

onRefusal((code) => TELLING.includes(code) && renew());
