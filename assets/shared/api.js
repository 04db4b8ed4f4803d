// The one door to the server.

import { boot } from './text.js';

/**
 * Why the server did not do it: `code` always has a sentence, `status` is 0 where nobody was reached. `field` is the one
 * that was wrong, where one was.
 */
export class Refusal extends Error {
  constructor(code, field) {
    super(code);
    this.code = `error.${code}` in boot.text ? code : 'internal';
    this.field = field;
  }
}

/** Who is signed in here, and what their writes carry. */
let [user, csrf] = [boot.user?.id ?? null, boot.csrf ?? ''];
/** What `/auth/session` gave; nothing when nobody is signed in any more. */
export function setSession(session) {
  [user, csrf] = [session?.user.id ?? null, session?.csrf_token ?? ''];
}

let hear = () => {};
/** Hears the code of each refusal that a caller gets. */
export const onRefusal = (listener) => { hear = listener; };

async function refusal(response) {
  const { code, detail } = await response.json().catch(() => ({}));
  const refused = new Refusal(code ?? 'internal', Array.isArray(detail) ? detail[0]?.loc?.at(-1) : undefined);
  return Object.assign(refused, { status: response.status });
}

async function ask(method, path, { json, body, type, headers = {}, signal } = {}) {
  const sent = { ...headers };
  if (json !== undefined) sent['content-type'] = 'application/json';
  else if (type) sent['content-type'] = type;
  if (csrf && method !== 'GET' && method !== 'HEAD') sent['x-csrf-token'] = csrf;
  const content = json === undefined ? body : JSON.stringify(json);
  let response;
  try {
    response = await fetch(path, { method, headers: sent, body: content, signal });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw Object.assign(new Refusal('network'), { status: 0 });
  }
  if (response.ok) return response;
  throw Object.assign(await refusal(response), { wait: Number(response.headers.get('retry-after')) || 0 });
}

/** The same person may have signed in again, in another tab; whether so. What this page shows is nobody else's to do. */
async function renew() {
  const session = await ask('GET', '/auth/session').then((response) => response.json(), () => null);
  if (!user || session?.user.id !== user) return false;
  setSession(session);
  return true;
}

/**
 * Asks the server, `json` or `body` being what it is sent, and gives its whole answer; a refusal has the `status`, 0
 * where nobody was reached, and `wait` in seconds.
 */
export async function request(method, path, options) {
  try {
    return await ask(method, path, options).catch(async (error) => {
      if (error.code === 'request.csrf' && await renew()) return ask(method, path, options);
      throw error;
    });
  } catch (error) {
    hear(error.code);
    throw error;
  }
}

/** Asks the server; gives what the answer holds, or null. */
export async function send(method, path, { json, body } = {}) {
  const type = body instanceof Blob ? 'application/octet-stream' : undefined;
  const response = await request(method, path, { json, body, type });
  return response.status === 204 ? null : response.json();
}

/** A file of the server's, as the share sheet takes it. */
export async function fetchFile(path, name) {
  const blob = await (await request('GET', path)).blob();
  return new File([blob], name, { type: blob.type });
}
