// Who is signed in.

import { onRefusal, setSession } from '../../shared/api.js';
import { boot } from '../../shared/text.js';
import { redraw } from './redraw.js';
import { closeSession, openSession, readSession } from './server.js';

/** `state`: `asking`, `in`, `out`, or `away` when the server did not answer. */
/** @type {{state: 'asking' | 'in' | 'out' | 'away', user: Api.UserPublic | null}} */
export const session = { state: 'asking', user: null };
const listeners = new Set();
let asked = false;

/** Called whenever somebody signs in. */
export const onSignIn = (listener) => listeners.add(listener);

function begin(opened) {
  setSession(opened);
  Object.assign(session, { state: 'in', user: opened.user });
  for (const listener of listeners) listener();
  redraw();
}

/** The session has ended, or there was none. */
export function end() {
  if (session.state === 'out') return;
  setSession(null);
  Object.assign(session, { state: 'out', user: null });
  redraw();
}

/** Finds out who is signed in. */
export async function restore() {
  // Only at first does the page itself know: since then somebody may have signed in.
  const isOut = !asked && !boot.signed_in;
  asked = true;
  if (isOut) return end();
  try {
    begin(await readSession());
  } catch (error) {
    if (error.status === 401) return end();
    session.state = 'away';
    redraw();
  }
}

// Somebody else has signed in, in another tab.
onRefusal((code) => { if (code === 'request.csrf') restore(); });

export const signIn = async (login, password) => begin(await openSession(login, password));

/** Signs out; false when the server did not confirm it. */
export async function signOut() {
  // Whatever the server says, this page forgets.
  const confirmed = await closeSession().then(() => true, ({ status }) => status === 401);
  end();
  return confirmed;
}
