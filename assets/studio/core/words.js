// The studio's words and numbers in the page's language.

import { boot, number, plural, reason, text } from '../../shared/text.js';

export { boot, number, plural, text };

const { lang } = boot;
const units = new Map();

export const percent = (fraction) => new Intl.NumberFormat(lang, { style: 'percent' }).format(fraction);

function unit(value, name, digits = 0, display = 'short') {
  const key = `${name} ${digits} ${display}`;
  const style = { style: 'unit', unit: name, unitDisplay: display, maximumFractionDigits: digits };
  if (!units.has(key)) units.set(key, new Intl.NumberFormat(lang, style));
  return units.get(key).format(value);
}

/** Bytes as people say them: thousands, not 1,024s, as disks are sold. */
export function bytes(count) {
  for (const [name, size, digits] of [['terabyte', 1e12, 1], ['gigabyte', 1e9, 1], ['megabyte', 1e6, 1]]) {
    if (count >= size) return unit(count / size, name, count >= size * 100 ? 0 : digits);
  }
  return unit(Math.ceil(count / 1000), 'kilobyte');
}

/** Roughly how long, in one unit. */
export function duration(seconds) {
  if (seconds < 90) return unit(Math.max(1, Math.round(seconds)), 'second', 0, 'long');
  if (seconds < 90 * 60) return unit(Math.round(seconds / 60), 'minute', 0, 'long');
  return unit(seconds / 3600, 'hour', 1, 'long');
}

/** The day of an event: it was given without a time, so it is read without a zone. */
export function day(iso) {
  return new Intl.DateTimeFormat(lang, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso));
}

/** A moment as the clock here shows it. */
export function moment(iso) {
  return new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}

/** The day of a moment as the calendar here shows it. */
export function localDay(iso) {
  return new Intl.DateTimeFormat(lang, { dateStyle: 'long' }).format(new Date(iso));
}

/** Hours and minutes. */
export function clock(iso) {
  return new Intl.DateTimeFormat(lang, { timeStyle: 'short' }).format(new Date(iso));
}

/** The sentence for a failed request. */
export function failure(error) {
  // The guests' words for it speak of the photographer's computer.
  if (error.code === 'network') return text('studio.away.hint');
  return reason(error);
}
