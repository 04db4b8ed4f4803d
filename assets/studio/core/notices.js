// Messages to the photographer, and the sentences for errors.

import { reason, text } from '../../shared/text.js';
import { toast } from '../../shared/toast.js';

const LASTS = 6000;
const LASTS_LONGER = 12_000;
const MOST = 3;

/**
 * Shows a sentence, with a button where there is an `action`.
 * @param {string} sentence
 * @param {{alarm?: boolean, action?: {label: string, run: () => unknown} | null}} [options]
 */
export function notify(sentence, { alarm = false, action = null } = {}) {
  const lasts = action || alarm ? LASTS_LONGER : LASTS;
  const [words, dismiss] = [action?.label, text('studio.close')];
  toast(sentence, { words, action: action?.run, alarm, dismiss, most: MOST, lasts });
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
