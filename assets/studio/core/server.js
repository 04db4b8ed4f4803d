// The studio's requests to the server.

import { request, send } from '../../shared/api.js';
import { localPath } from '../../shared/local-path.js';

const get = (path) => send('GET', path);
const write = (method, path, json) => send(method, path, { json });
const blob = async (response) => (await response).blob();
const event = (id, path = '') => `/events/${id}${path}`;

// Session.
/** @type {() => Promise<Api.Session>} */
export const readSession = () => get('/auth/session');
/** @type {(credentials: Api.Credentials) => Promise<Api.Session>} */
export const openSession = (credentials) => write('POST', '/auth/session', credentials);
export const closeSession = () => request('POST', '/auth/logout');

// The server and the events.
/** @type {() => Promise<Api.StudioStatus>} */
export const readStatus = () => get('/studio/status');

/** @type {(before: number | null) => Promise<Api.AuditPage>} */
export const readAudit = (before) => get(before === null ? '/studio/audit' : `/studio/audit?before=${before}`);

/** @returns {Promise<Api.Day>} */
export const readDay = () => get('/studio/day');
/** @type {() => Promise<Api.GuestsAddress>} */
export const readAddress = () => get('/studio/address');
/** @type {(address: string | null) => Promise<Api.GuestsAddress>} */
export const chooseAddress = (address) => write('PUT', '/studio/address', { address });
/** @type {() => Promise<Api.Venue>} */
export const checkVenue = () => get('/studio/venue');
/** @type {() => Promise<Api.VenuePhones>} */
export const readPhones = () => get('/studio/venue/phones');
/** @type {() => Promise<Api.RehearsalStatus>} */
export const readRehearsal = () => get('/studio/rehearsal');
/** @type {(values: Api.RehearsalStart) => Promise<Response>} */
export const startRehearsal = (values) => request('POST', '/studio/rehearsal', { json: values });
export const stopRehearsal = () => request('DELETE', '/studio/rehearsal');
/** @type {() => Promise<Api.EventDetail[]>} */
export const listEvents = () => get('/events/my-events');
/** @type {(id: number) => Promise<Api.EventDetail>} */
export const readEvent = (id) => get(event(id));
/** @type {(values: Api.EventCreate) => Promise<Api.EventDetail>} */
export const createEvent = (values) => write('POST', '/events', values);
/** @type {(id: number, values: Api.EventUpdate) => Promise<Api.EventDetail>} */
export const changeEvent = (id, values) => write('PUT', event(id), values);
export const deleteEvent = (id) => request('DELETE', event(id));

// The watermark.
export const watermarkPath = (id) => event(id, '/watermark');
export const readWatermark = (id) => blob(request('GET', watermarkPath(id)));
export const deleteWatermark = (id) => request('DELETE', watermarkPath(id));

export function writeWatermark(id, logo, { corner, opacity }) {
  const query = new URLSearchParams({ corner, opacity });
  return request('PUT', `${watermarkPath(id)}?${query}`, { body: logo, type: 'image/png' });
}

// Photos.
/** @param {Api.OwnImage} photo */
const localised = (photo) => ({
  ...photo,
  url: localPath(photo.url),
  thumbnail_url: localPath(photo.thumbnail_url),
  original_url: localPath(photo.original_url),
});

/**
 * @param {number} id
 * @param {Record<string, any>} query
 * @returns {Promise<Api.OwnPage>}
 */
export async function listPhotos(id, query) {
  const page = await get(event(id, `/my-event-images?${new URLSearchParams(query)}`));
  return { ...page, items: page.items.map(localised) };
}

/** @type {(id: number) => Promise<Api.TakenList>} */
export const listTakenBy = (id) => get(event(id, '/images/taken-by'));

const AT_ONCE = 200;
const TRIES = 3;

/** All photos of a listing at one revision; fails rather than returning some of them. */
export async function listAll(id, query = {}) {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const first = await listPhotos(id, { ...query, page: 1, limit: AT_ONCE });
    const numbers = Array.from({ length: Math.max(0, first.total_pages - 1) }, (_, at) => at + 2);
    const others = await Promise.all(numbers.map((page) =>
      listPhotos(id, { ...query, page, limit: AT_ONCE, as_of: first.as_of })));
    // Changes meanwhile may move photos between pages: each must be there exactly once.
    const found = new Map([first, ...others].flatMap(({ items }) => items).map((photo) => [photo.id, photo]));
    if (found.size === first.total_items) return [...found.values()];
  }
  throw Object.assign(new Error('the listing changes all the time'), { code: 'internal', incomplete: true });
}

/** @type {(id: number, photo: number) => Promise<Api.FaceOfPhoto[]>} */
export const listFaces = async (id, photo) => (await get(event(id, `/images/${photo}/faces`))).faces;
const versions = (id, photo) => event(id, `/images/${photo}/versions`);
/** @type {(id: number, photo: number) => Promise<Api.PhotoVersion[]>} */
export const listVersions = async (id, photo) => (await get(versions(id, photo))).items;
/** @type {(id: number, photo: number, version: number) => Promise<Api.PhotoVersion[]>} */
export const chooseVersion = async (id, photo, version) =>
  (await write('PUT', versions(id, photo), { version })).items;
/** Without the placeholders, which fill the list up for apps. */
export const previews = (detail) => detail.images_preview.map(localPath).filter((path) => path.startsWith('/media/'));

/** The server's limit for one request. */
const CHANGED_AT_ONCE = 500;

/**
 * @param {number} id
 * @param {number[]} ids
 * @param {Api.PhotosChange['action']} action
 * @returns {Promise<number>} how many were changed
 */
export async function changePhotos(id, ids, action) {
  let changed = 0;
  for (let from = 0; from < ids.length; from += CHANGED_AT_ONCE) {
    const some = ids.slice(from, from + CHANGED_AT_ONCE);
    changed += (await write('POST', event(id, '/images/change'), { ids: some, action })).changed;
  }
  return changed;
}

// Progress and statistics.
/** @type {(id: number) => Promise<Api.Progress>} */
export const readProgress = (id) => get(event(id, '/progress'));
/** @type {(id: number) => Promise<Api.Statistics>} */
export const readStatistics = (id) => get(event(id, '/statistics'));
export const consentsPath = (id) => event(id, '/consents');

// Uploads.
export const uploadsPath = (id) => event(id, '/uploads');
/** @type {(id: number) => Promise<any[]>} */
export const listUploads = async (id) => (await get(uploadsPath(id))).items;

// Sharing.
/** @type {(id: number) => Promise<Api.Sharing>} */
export const readSharing = (id) => get(event(id, '/sharing'));
/** @type {(id: number) => Promise<Api.Invitation>} */
export const invite = (id) => send('POST', event(id, '/invitations'));
export const drawQr = (text) => blob(request('POST', '/studio/qr', { json: { text } }));
