// Guest marks: favourite, not me, hidden; each can be undone.

import { send } from '../shared/api.js';
import { boot } from '../shared/text.js';
import { base, change, state } from './state.js';

/** Sets or clears a mark: `bookmark`, `not_me` or `hidden`. */
export const mark = (photo, kind, on) => send(on ? 'PUT' : 'DELETE', `${base}/photos/${photo.id}/marks/${kind}`);

/** The favourites come into the account of a signed-in guest; resolves to how many are new there. */
export const keep = async () => (boot.user ? (await send('POST', `${base}/keep`)).kept : 0);

export async function bookmark(photo, on) {
  await mark(photo, 'bookmark', on);
  if (on) keep().catch(() => {});
  photo.bookmarked = on;
  for (const other of [...state.sure, ...state.maybe]) if (other.id === photo.id) other.bookmarked = on;
  change({});
}

/** Removes a match; returns a function that restores it. */
export async function remove(photo, kind) {
  const before = { sure: state.sure, maybe: state.maybe };
  await mark(photo, kind, true);
  const others = (list) => list.filter(({ id }) => id !== photo.id);
  change({ sure: others(state.sure), maybe: others(state.maybe), removed: state.removed + 1 });
  return async () => {
    await mark(photo, kind, false);
    const back = (list, old) => (old.some(({ id }) => id === photo.id)
      ? [...list.filter((one) => !old.includes(one)), ...old.filter((one) => one.id === photo.id || list.includes(one))]
      : list);
    const [sure, maybe] = [back(state.sure, before.sure), back(state.maybe, before.maybe)];
    change({ sure, maybe, removed: state.removed - 1 });
  };
}
