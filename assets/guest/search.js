// Searching with selfies: the results come into the state, or a question about the people in the selfie.

import { send } from '../shared/api.js';
import { base, change, dropQuestion, state, withoutSearch } from './state.js';

function takeMatches({ sequence, photos, sure, maybe, removed, selfies, tapped, people, mode }) {
  change({
    sequence, photos, sure, maybe, removed, selfies, tapped, people, mode,
    waiting: { sure: [], maybe: [] }, fresh: new Set(),
    found: true, searching: true, busy: false, again: null, ...dropQuestion(),
  });
}

/** What the guest wants, as the server's query. */
function query(faces, mode) {
  const wish = new URLSearchParams();
  if (state.again === 'add') wish.set('add', 'true');
  if (faces.length) wish.set('faces', faces.map(({ x, y, w, h }) => `${x + w / 2},${y + h / 2}`).join(';'));
  if (mode) wish.set('mode', mode);
  return wish;
}

/**
 * Searches with a picture, and with those before if the guest adds it to them. `faces` are those that the guest chose
 * in it, `mode` says whether photos show `all` of them or `any`.
 */
export async function search(picture, faces = [], mode = '') {
  const [before, selfie] = [state.selfie, URL.createObjectURL(picture)];
  change({ busy: true, selfie });
  try {
    takeMatches(await send('POST', `${base}/search?${query(faces, mode)}`, { body: picture }));
    if (before) URL.revokeObjectURL(before);
  } catch (error) {
    // The results of the previous selfie stay.
    change({ selfie: before });
    URL.revokeObjectURL(selfie);
    if (!error.faces) throw error;
    const leftToRight = [...error.faces].sort((a, b) => a.x - b.x);
    const shown = URL.createObjectURL(picture);
    change({ ...dropQuestion(), busy: false, question: { picture, shown, faces: leftToRight, chosen: new Set() } });
  }
}

/** Searches with the selfie on the guest's account. */
export async function searchWithStored() {
  change({ busy: true, selfie: null });
  takeMatches(await send('POST', `${base}/search/stored`));
}

export const fetchMatches = async () => takeMatches(await send('GET', `${base}/matches`));

/** Searches with a face of a photo, by its place among `faces`. */
export const searchByFace = async (photo, place) =>
  takeMatches(await send('POST', `${base}/photos/${photo.id}/faces/${place}/search`));

/** Returns to the photos of the guest. */
export async function endTap() {
  await send('DELETE', `${base}/tap`);
  await fetchMatches();
}

/** Deletes the face codes; favourites stay. */
export async function forgetFace() {
  await send('DELETE', `${base}/search`);
  change(withoutSearch());
}
