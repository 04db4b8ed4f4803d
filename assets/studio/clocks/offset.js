// How far a clock is off: in words, and as it is typed.

import { locale, text } from '../../shared/text.js';

/** @type {[string, number][]} */
const UNITS = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1000]];

/** `+ 1 hr 2 min`, in up to three units. */
export function words(ms) {
  if (!ms) return text('studio.clocks.right');
  const parts = [];
  let rest = Math.abs(ms);
  for (const [unit, length] of UNITS) {
    const value = unit === 'second' ? rest / length : Math.floor(rest / length);
    rest -= value * length;
    /** @type {Intl.NumberFormatOptions} */
    const options = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 };
    if (value) parts.push(new Intl.NumberFormat(locale, options).format(value));
  }
  return `${ms < 0 ? '−' : '+'} ${parts.slice(0, 3).join(' ')}`;
}

/** `+1:02:03`, with a fraction where there is one. */
export function written(ms) {
  const [seconds, fraction] = [Math.floor(Math.abs(ms) / 1000), Math.abs(ms) % 1000];
  const two = (value) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const after = fraction ? `.${String(fraction).padStart(3, '0')}` : '';
  return `${ms < 0 ? '−' : '+'}${hours}:${two(minutes)}:${two(seconds % 60)}${after}`;
}

/** Milliseconds; null for a text that is no offset. Seconds may be left out. */
export function parsed(typed) {
  const found = /^([+\-−–]?)\s*(\d{1,7}):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,3}))?)?$/.exec(typed.trim());
  if (!found) return null;
  const [, sign, hours, minutes, seconds = '0', fraction = ''] = found;
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, '0'));
  // Not minus zero.
  return sign && sign !== '+' && ms ? -ms : ms;
}
