// How long a program needs that tries all passwords like a given one, at the rate that the server allows.

import { boot } from '../../shared/text.js';

/**
 * Kinds of characters, and how many there are of each.
 * @type {[RegExp, number][]}
 */
const KINDS = [[/[0-9]/, 10], [/[a-z]/, 26], [/[A-Z]/, 26], [/[^0-9a-zA-Z]/, 33]];
/** Longer than most events are open. */
const SAFE_SECONDS = 30 * 24 * 3600;

/** The seconds, or null where they are so many that nobody tries. */
export function secondsToGuess(password) {
  const letters = KINDS.reduce((sum, [kind, count]) => sum + (kind.test(password) ? count : 0), 0);
  const { free, pause_seconds: pause } = boot.guesses;
  const seconds = Math.max(0, letters ** [...password].length - free) * pause;
  return password && seconds < SAFE_SECONDS ? seconds : null;
}
