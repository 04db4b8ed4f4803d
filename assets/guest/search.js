// Searching with selfies: the results come into the state.

import { send } from '../shared/api.js';
import { base, change, state, withoutSearch } from './state.js';

function takeMatches({ sequence, photos, sure, maybe, removed, selfies }) {
  change({
    sequence, photos, sure, maybe, removed, selfies, waiting: { sure: [], maybe: [] }, fresh: new Set(),
    found: true, searching: true, busy: false, again: null,
  });
}

/** Searches with a picture, and with those before if the guest adds it to them. */
export async function search(picture) {
  const [before, selfie] = [state.selfie, URL.createObjectURL(picture)];
  change({ busy: true, selfie });
  try {
    takeMatches(await send('POST', `${base}/search${state.again === 'add' ? '?add=true' : ''}`, { body: picture }));
    if (before) URL.revokeObjectURL(before);
  } catch (error) {
    // The results of the previous selfie stay.
    change({ selfie: before });
    URL.revokeObjectURL(selfie);
    throw error;
  }
}

export const fetchMatches = async () => takeMatches(await send('GET', `${base}/matches`));

/** Deletes the face codes; favourites stay. */
export async function forgetFace() {
  await send('DELETE', `${base}/search`);
  change(withoutSearch());
}
