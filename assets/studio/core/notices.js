// Messages to the photographer, and the sentences for errors.

import { reason, text } from '../../shared/text.js';
import { toast } from '../../shared/toast.js';

const LASTS = 6000;
const LASTS_LONGER = 12_000;
const MOST = 3;

/** Shows a sentence; `action` is `{label, run}`. */
export function notify(sentence, { alarm = false, action = null } = {}) {
  const lasts = action || alarm ? LASTS_LONGER : LASTS;
  toast(sentence, { words: action?.label, action: action?.run, alarm, dismiss: text('studio.close'), most: MOST, lasts });
}

/** The sentence for a failed request. Guests read another one when the server cannot be reached. */
export const failure = (error) => (error.code === 'network' ? text('studio.away.hint') : reason(error));

export const notifyFailure = (error) => notify(failure(error), { alarm: true });

/** Runs `task`; shows why it failed. */
export async function attempt(task) {
  try {
    return await task();
  } catch (error) {
    notifyFailure(error);
    return undefined;
  }
}
