// The one door to the server.

import { boot } from './text.js';

/**
 * Why the server did not do it: `code` always has a sentence, `status` is missing where nobody was reached. `field` is
 * the one that was wrong, where one was.
 */
export class Refusal extends Error {
  constructor(code, field) {
    super(code);
    this.code = `error.${code}` in boot.text ? code : 'internal';
    this.field = field;
  }
}

let csrf = boot.csrf ?? null;
/** What writes of a signed-in browser carry. */
export const setCsrf = (token) => { csrf = token; };

let hear = () => {};
/** Hears the code of each refusal. */
export const onRefusal = (listener) => { hear = listener; };

async function refusal(response) {
  const { code, detail } = await response.json().catch(() => ({}));
  hear(code);
  const refused = new Refusal(code ?? 'internal', Array.isArray(detail) ? detail[0]?.loc?.at(-1) : undefined);
  return Object.assign(refused, { status: response.status });
}

/** Asks the server; `json` becomes the body, or `body` as it is. Gives what the answer holds, or null. */
export async function send(method, path, { json, body } = {}) {
  const headers = {};
  if (json !== undefined) headers['content-type'] = 'application/json';
  else if (body instanceof Blob) headers['content-type'] = 'application/octet-stream';
  if (csrf && method !== 'GET') headers['x-csrf-token'] = csrf;
  let response;
  try {
    response = await fetch(path, { method, headers, body: json === undefined ? body : JSON.stringify(json) });
  } catch {
    throw new Refusal('network');
  }
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? null : response.json();
}

/** A file of the server's, as the share sheet takes it. */
export async function fetchFile(path, name) {
  let response;
  try {
    response = await fetch(path);
  } catch {
    throw new Refusal('network');
  }
  if (!response.ok) throw await refusal(response);
  const blob = await response.blob();
  return new File([blob], name, { type: blob.type });
}

/** Asks the server and gives its whole answer, for uploads and files; a refusal has the `status` and `wait` in seconds. */
export async function request(method, path, { json, body, type, headers = {}, signal } = {}) {
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
  const { status } = response;
  throw Object.assign(await refusal(response), { status, wait: Number(response.headers.get('retry-after')) || 0 });
}
