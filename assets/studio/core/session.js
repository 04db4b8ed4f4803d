// The studio's session.

import { onRefusal, setSession } from '../../shared/api.js';
import { boot } from '../../shared/text.js';
import { redraw } from '../../shared/redraw.js';
import { closeSession, openSession, readSession } from './server.js';

/** `state`: `asking`, `in`, `out`, or `away` when the server did not answer. */
/** @type {{state: 'asking' | 'in' | 'out' | 'away', user: Api.UserPublic | null, uses_studio: boolean}} */
export const session = { state: 'asking', user: null, uses_studio: false };
const listeners = new Set();
let asked = false;

/** Calls `listener` after each sign-in. */
export const onSignIn = (listener) => listeners.add(listener);

function startSession(opened) {
  setSession(opened);
  Object.assign(session, { state: 'in', user: opened.user, uses_studio: opened.uses_studio });
  for (const listener of listeners) listener();
  redraw();
}

/** Ends the session on this page. */
export function endSession() {
  if (session.state === 'out') return;
  setSession(null);
  Object.assign(session, { state: 'out', user: null });
  redraw();
}

/** Reads the current session. */
export async function restore() {
  // The boot data is only valid at first: the user may have signed in since.
  const isOut = !asked && !boot.signed_in;
  asked = true;
  if (isOut) return endSession();
  try {
    startSession(await readSession());
  } catch (error) {
    if (error.status === 401) return endSession();
    session.state = 'away';
    redraw();
  }
}

// Another user has signed in, in another tab.
onRefusal((code) => { if (code === 'request.csrf') restore(); });

export const signIn = async (credentials) => startSession(await openSession(credentials));

/** Signs out; false when the server did not confirm it. */
export async function signOut() {
  // The page signs out whatever the server answers.
  const confirmed = await closeSession().then(() => true, ({ status }) => status === 401);
  endSession();
  return confirmed;
}
