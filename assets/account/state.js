// What the account page knows of its user. Every change redraws the page.

import { reason } from '../shared/text.js';

/**
 * @typedef {(user: Api.UserPublic) => unknown} Section
 * @type {{user: Api.UserPublic | null, problem: string | null, sections: Section[] | null, deleted: boolean}}
 */
export const state = {
  user: null,
  /** The sentence for what went wrong. */
  problem: null,
  /** What draws the sections of a signed-in user; null until their modules are loaded. */
  sections: null,
  deleted: new URLSearchParams(location.search).has('deleted'),
};

let draw = () => {};
export const onChange = (listener) => { draw = listener; };
export function change(patch) {
  Object.assign(state, patch);
  draw();
}

/** Loads a fresh page, which holds nothing of this user. */
export const leavePage = (deleted = false) => location.replace(deleted ? '/account?deleted' : '/account');

/** Runs `action` and shows why it failed; true when it succeeded. */
export async function attempt(action, sentence = reason) {
  try {
    change({ problem: null });
    await action();
    change({});
    return true;
  } catch (error) {
    change({ problem: sentence(error) });
    if (error.code === 'auth.required' && state.sections) leavePage();
    scrollTo(0, 0);
    return false;
  }
}
