// The last day of the whole server, for admins: what came in, what was searched, the queue, the disk.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { size, text } from '../../shared/text.js';
import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { readDay } from '../core/server.js';
import { endSession, session } from '../core/session.js';
import { levels } from './levels.js';
import { plot } from './plot.js';

/** As often as the server takes a sample. */
const PAUSE = 60_000;
const DAY = 86_400_000;

/** @type {{found: Api.Day | null}} */
const state = { found: null };
let polling = null;

async function read() {
  try {
    state.found = await readDay();
  } catch (error) {
    // The page itself says when the server does not answer.
    if (error.status === 401) endSession();
  }
  redraw();
}

export function watchDay() {
  if (!session.user?.is_admin) return;
  polling = poll(read, () => PAUSE);
}

export function leaveDay() {
  polling?.stop();
  polling = null;
  state.found = null;
}

export function dayPlots() {
  if (!state.found) return nothing;
  const { slot_seconds: slot, now, photos, searches, guests, queue, disk_free_bytes: free } = state.found;
  const line = (name, points) => [{ name, points, kind: 'first' }];
  const came = line(text('studio.live.photos'), photos);
  const searched = line(text('studio.live.searches'), searches);
  const entered = line(text('studio.live.guests'), guests);
  // All have the same axis: the whole day.
  const all = [{ points: [[new Date(Date.parse(now) - DAY).toISOString(), 1], [now, 1]] }];
  const level = { slot, now };
  return html`<section class="stack" aria-labelledby="last-day">
    <h2 id="last-day">${text('studio.day.title')}</h2><p class="faint">${text('studio.day.hint')}</p>
    <div class="panels">
      ${plot({ title: text('studio.live.plot_photos'), slot, lines: came, all, heading: 3 })}
      ${plot({ title: text('studio.day.searches'), slot, lines: searched, all, heading: 3 })}
      ${plot({ title: text('studio.live.plot_guests'), slot, lines: entered, all, heading: 3 })}
      ${levels({ ...level, title: text('studio.day.queue'), name: text('studio.live.photos'), points: queue })}
      ${levels({ ...level, title: text('studio.day.disk'), name: text('studio.live.disk'), points: free,
        format: size })}
    </div></section>`;
}
