// The requests of the page of camera clocks.

import { request, send } from '../../shared/api.js';
import { localPath } from '../../shared/local-path.js';

const cameras = (id, path = '') => `/events/${id}/cameras${path}`;

/** @type {(id: number) => Promise<Api.CameraClock[]>} */
export const listClocks = async (id) => (await send('GET', cameras(id))).cameras;

/** @type {(id: number, change: Api.ClockChange) => Promise<Api.CameraClock[]>} */
export const setClock = async (id, json) => (await send('PUT', cameras(id), { json })).cameras;

/** @type {(id: number, moments: Api.SameMoment) => Promise<Api.CameraClock[]>} */
export const matchMoments = async (id, json) => (await send('POST', cameras(id, '/same-moment'), { json })).cameras;

/** @type {(id: number, photo: number) => Promise<Api.CameraClock[]>} */
export const measure = async (id, photo) => (await send('POST', `/events/${id}/images/${photo}/time-code`)).cameras;

/**
 * Some photos of a camera: from a place on, or around a moment.
 * @param {number} id
 * @param {Api.CameraClock} camera
 * @param {{from?: number, around?: string}} start
 * @returns {Promise<Api.CameraPhotos>}
 */
export async function listStrip(id, { camera, body }, start) {
  const query = new URLSearchParams({ camera, ...(body === null ? {} : { body }) });
  for (const [name, value] of Object.entries(start)) query.set(name, String(value));
  const found = await send('GET', cameras(id, `/images?${query}`));
  const local = (photo) => ({ ...photo, thumbnail_url: localPath(photo.thumbnail_url) });
  return { ...found, items: found.items.map(local) };
}

/** The present time as the picture of a QR code. */
export const drawTimeCode = async (id) => (await request('POST', `/events/${id}/time-code`)).blob();
