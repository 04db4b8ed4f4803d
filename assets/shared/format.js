// How the studio writes shares, durations and days in the page's language.

import { locale } from './text.js';

export const percent = (fraction) => new Intl.NumberFormat(locale, { style: 'percent' }).format(fraction);

function unit(value, name, digits = 0) {
  const options = { unit: name, maximumFractionDigits: digits };
  return new Intl.NumberFormat(locale, { style: 'unit', unitDisplay: 'long', ...options }).format(value);
}

/** A rough duration, in one unit. */
export function duration(seconds) {
  if (seconds < 90) return unit(Math.max(1, Math.round(seconds)), 'second');
  if (seconds < 90 * 60) return unit(Math.round(seconds / 60), 'minute');
  if (seconds < 48 * 3600) return unit(seconds / 3600, 'hour', 1);
  return unit(Math.round(seconds / (24 * 3600)), 'day');
}

/** The day of an event: stored without a time, so it is read without a time zone. */
export function day(iso) {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso));
}

/** Date and time in the local time zone. */
export function moment(iso) {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}

/** Date and time to the second of a moment that has no time zone. */
export function exactMoment(iso) {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(iso));
}

const passed = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });

/** How long ago that was: `now`, `2 min. ago`, `yesterday`. */
export function ago(iso) {
  const seconds = Math.max(0, (Date.now() - new Date(iso).getTime()) / 1000);
  if (seconds < 60) return passed.format(0, 'second');
  if (seconds < 3600) return passed.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 24 * 3600) return passed.format(-Math.floor(seconds / 3600), 'hour');
  return passed.format(-Math.floor(seconds / (24 * 3600)), 'day');
}
