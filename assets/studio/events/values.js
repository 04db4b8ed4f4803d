// Converts an event between the API and the form.

const DAY = 24 * 3600 * 1000;
const KEPT_DAYS = 30;
const FACES_DAYS = 14;

const pad = (number) => String(number).padStart(2, '0');

/** The local date, as `2026-11-23`. */
export const asDay = (moment) => `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}`;

function suggested(days, date) {
  const from = Math.max(date ? Date.parse(`${date}T12:00`) : 0, Date.now());
  return asDay(new Date(from + days * DAY));
}

/** Thirty days after the event, or after today if the date is past or unknown. */
export const suggestedEnd = (date) => suggested(KEPT_DAYS, date);
/** Two weeks: by then guests have looked for their photos. */
export const suggestedFacesEnd = (date) => suggested(FACES_DAYS, date);

/** The day of a moment in a time zone, as `2026-11-23`. */
const dayIn = (moment, zone) => new Intl.DateTimeFormat('sv', { timeZone: zone }).format(new Date(moment));

const ownZone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';

/** All time zones that the browser knows, and `zone`. */
export const zonesWith = (zone) => [...new Set([...(Intl.supportedValuesOf?.('timeZone') ?? []), 'UTC', zone])].sort();

/** The values of a new event; contact details come from the last one. */
export function newValues(last) {
  const date = asDay(new Date());
  return {
    name: '', date, zone: ownZone(), description: '', access: 'link', password: '',
    visibility: 'all', download: last?.download ?? 'original',
    metadata: last?.original_metadata ?? 'copyright', tap: 'no',
    photographer: last?.photographer ?? '', photographer_link: shortLink(last?.photographer_link),
    stays: 'until', end: suggestedEnd(date), faces: 'until', faces_end: suggestedFacesEnd(date),
  };
}

/** The values of an existing event. */
export function valuesOf(event) {
  return {
    name: event.name,
    date: event.date?.slice(0, 10) ?? '',
    zone: event.time_zone,
    description: event.description ?? '',
    access: event.password_protected ? 'keep' : 'link',
    password: '',
    visibility: event.visibility,
    download: event.download,
    metadata: event.original_metadata,
    tap: event.tap_search ? 'yes' : 'no',
    photographer: event.photographer ?? '',
    photographer_link: shortLink(event.photographer_link),
    stays: event.delete_at ? 'until' : 'always',
    end: event.delete_at ? dayIn(event.delete_at, event.time_zone) : suggestedEnd(event.date?.slice(0, 10)),
    faces: event.faces_delete_at ? 'until' : 'photos',
    faces_end: event.faces_delete_at
      ? dayIn(event.faces_delete_at, event.time_zone) : suggestedFacesEnd(event.date?.slice(0, 10)),
  };
}

const shortLink = (link) => (link ?? '').replace(/^(mailto:|tel:|https:\/\/)/, '');

/** Completes a typed address to a URL: mail, telephone or web page. */
export function wholeLink(written) {
  const link = written.trim();
  if (!link || /^(https?|mailto|tel):/i.test(link)) return link || null;
  if (/^[^\s/]+@[^\s/]+$/.test(link)) return `mailto:${link}`;
  if (/^\+?[\d\s().-]{6,}$/.test(link)) return `tel:${link.replace(/[^\d+]/g, '')}`;
  return `https:${'//'}${link}`;
}

/** Only what the form changed: the rest may have been changed elsewhere meanwhile. */
export function changes(values, event) {
  const before = body(valuesOf(event));
  return Object.fromEntries(Object.entries(body(values)).filter(([name, value]) => value !== before[name]));
}

/**
 * The body of a request: `null` removes a value, an absent one stays.
 * @returns {any}
 */
export function body(values) {
  const orNull = (value) => value.trim() || null;
  return {
    name: values.name.trim(),
    date: values.date || null,
    description: orNull(values.description),
    time_zone: values.zone,
    visibility: values.visibility,
    download: values.download,
    original_metadata: values.metadata,
    tap_search: values.tap === 'yes',
    photographer: orNull(values.photographer),
    photographer_link: wholeLink(values.photographer_link),
    // Days: they end when they end where the event takes place.
    delete_at: values.stays === 'until' && values.end ? values.end : null,
    faces_delete_at: values.faces === 'until' && values.faces_end ? values.faces_end : null,
    ...(values.access === 'keep' ? {} : { password: values.access === 'password' ? values.password : null }),
  };
}
