// The server's status, polled every half minute.

import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { readStatus } from './server.js';
import { endSession, onSignIn } from './session.js';

const PAUSE = 30_000;

/** `status` is null until the first answer. */
/** @type {{status: Api.StudioStatus | null, answers: boolean}} */
export const health = { status: null, answers: true };
let polling = null;

export async function refreshHealth() {
  try {
    health.status = await readStatus();
    health.answers = true;
  } catch (error) {
    if (error.status === 401) {
      polling?.stop();
      endSession();
    }
    health.answers = error.status !== 0;
  }
  redraw();
}

onSignIn(() => {
  polling?.stop();
  polling = poll(refreshHealth, () => PAUSE);
});
