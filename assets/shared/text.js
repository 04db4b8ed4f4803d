// The page's boot data, and its language: sentences, numbers, times and sizes.

/** @type {Boot} */
export const boot = JSON.parse(document.getElementById('boot').textContent ?? '');

/**
 * The sentence under `key`, with `{name}` replaced by `values.name`.
 * @param {string} key
 * @param {Record<string, any>} [values]
 * @returns {string}
 */
export function text(key, values = {}) {
  return (boot.text[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

/** The reader's region decides how numbers and dates look, where it has the page's language. */
export const locale = navigator.languages?.find((wanted) => wanted.split('-')[0] === boot.lang) ?? boot.lang;

const numbers = new Intl.NumberFormat(locale);
/** @param {number} value */
export const number = (value) => numbers.format(value);

const rules = new Intl.PluralRules(boot.lang);
/** `KEY.one`, `KEY.other` ... by the plural rules of the page's language; `{count}` is the number. */
export function plural(key, count, values = {}) {
  const form = `${key}.${rules.select(count)}`;
  return text(form in boot.text ? form : `${key}.other`, { ...values, count: number(count) });
}

/**
 * The sentence for an error; `{n}` is how many seconds to wait.
 * @param {{code?: string, wait?: number}} error
 */
export function reason({ code, wait = 0 }) {
  const key = `error.${code}`;
  return text(key in boot.text ? key : 'error.internal', { n: number(Math.max(1, wait)) });
}

/** Cameras write local time, so a zone is dropped. Times in UTC are times of upload. */
const clock = (moment) => new Date(moment.endsWith('Z') ? moment : moment.replace(/[+-]\d\d:\d\d$/, ''));

const format = (options) => new Intl.DateTimeFormat(locale, options);
const times = format({ hour: 'numeric', minute: '2-digit' });
const days = format({ weekday: 'short', day: 'numeric', month: 'short' });
const dates = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const datesInUtc = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

/** `18:04`. */
export const time = (moment) => times.format(clock(moment));
/** `Mon 23 Nov, 18:04`. */
export const dayAndTime = (moment) => `${days.format(clock(moment))}, ${time(moment)}`;
/** A full date; midnight UTC means a day without a time. */
export function date(moment) {
  return (/T00:00:00(\.0+)?Z$/.test(moment) ? datesInUtc : dates).format(new Date(moment));
}

/**
 * The day of a moment as people write it: where the event takes place, or here.
 * @type {(moment: string, zone?: string) => string}
 */
export const dayAt = (moment, zone) =>
  format({ day: 'numeric', month: 'long', year: 'numeric', timeZone: zone }).format(new Date(moment));

/** `1.2 MB`, in millions of bytes as phones count them. */
export function size(bytes) {
  /** @type {[string, number][]} */
  const units = [['terabyte', 1e12], ['gigabyte', 1e9], ['megabyte', 1e6], ['kilobyte', 1e3]];
  const [unit, divisor] = units.find(([, least]) => bytes >= least) ?? ['kilobyte', 1e3];
  const value = Math.max(bytes / divisor, 0.1);
  const digits = value < 10 && divisor > 1e3 ? 1 : 0;
  return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: digits }).format(value);
}
