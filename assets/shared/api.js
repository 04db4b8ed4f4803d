// Every request to the server goes through here.

import { boot } from './text.js';

/** Why the server refused. `code` always has a sentence; `field` is the invalid field of a form. */
export class Refusal extends Error {
  constructor(code, field) {
    super(code);
    this.code = `error.${code}` in boot.text ? code : 'internal';
    this.field = field;
  }
}

/** The signed-in user's id, and the token that their writes carry. */
let [user, csrf] = [boot.user?.id ?? null, boot.csrf ?? ''];
/**
 * Takes over a session; null once the user is signed out.
 * @param {Api.Session | null} session
 */
export function setSession(session) {
  [user, csrf] = [session?.user.id ?? null, session?.csrf_token ?? ''];
}

/** @type {(code: string) => void} */
let hear = () => {};
/**
 * Calls `listener` with the code of each refusal.
 * @param {(code: string) => void} listener
 */
export const onRefusal = (listener) => { hear = listener; };

async function refusal(response) {
  const { code, detail, faces, location: place } = await response.json().catch(() => ({}));
  // Another server has the event now.
  if (code === 'event.moved') location.replace(place);
  const refused = new Refusal(code ?? 'internal', Array.isArray(detail) ? detail[0]?.loc?.at(-1) : undefined);
  return Object.assign(refused, { status: response.status, faces });
}

/** @type {Ask} */
async function ask(method, path, { json, body, type, headers, signal } = {}) {
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

/** Takes over a new session of the same user, started in another tab; false for any other user. */
async function renew() {
  const session = await ask('GET', '/auth/session').then((response) => response.json(), () => null);
  if (!user || session?.user.id !== user) return false;
  setSession(session);
  return true;
}

/** Sends a request; throws a `RequestError` unless it succeeds. @type {Ask} */
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

/** Sends a request and returns the JSON of the response, or null. @type {Ask<any>} */
export async function send(method, path, { json, body } = {}) {
  const type = body instanceof Blob ? 'application/octet-stream' : undefined;
  const response = await request(method, path, { json, body, type });
  return response.status === 204 ? null : response.json();
}

/** Fetches a file, as the share sheet takes it. */
export async function fetchFile(path, name) {
  const blob = await (await request('GET', path)).blob();
  return new File([blob], name, { type: blob.type });
}
