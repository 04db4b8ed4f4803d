// The tus 1.0 protocol: sends a file in pieces, each confirmed by the server.

import { request } from '../api.js';

/** A compromise: little is lost with a connection, and few requests are needed. */
export const PIECE_BYTES = 4 << 20;
const VERSION = { 'tus-resumable': '1.0.0' };

/** Base64 of the text's UTF-8 bytes. */
function base64(text) {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}

/** Creates an upload; returns its path. `about` is what else the server gets to know. */
export async function create(path, { name, size, type }, signal, about = {}) {
  const said = Object.entries({ filename: name, filetype: type, ...about }).filter(([, value]) => value);
  const metadata = said.map(([key, value]) => `${key} ${base64(value)}`).join(',');
  const headers = { ...VERSION, 'upload-length': String(size), 'upload-metadata': metadata };
  const response = await request('POST', path, { headers, signal });
  return new URL(response.headers.get('location') ?? '', location.href).pathname;
}

/** Reads a response: how many bytes the server has, whether the photo is complete, and a duplicate. */
function read(headers) {
  return {
    offset: Number(headers.get('upload-offset')),
    whole: headers.has('upload-photo'),
    duplicate: headers.get('upload-duplicate') === 'true',
  };
}

/** Asks how far an upload is. */
export async function ask(address, signal) {
  return read((await request('HEAD', address, { headers: VERSION, signal })).headers);
}

/** Sends the piece that begins at `from`. */
export async function sendPiece(address, file, from, signal) {
  const body = file.slice(from, from + PIECE_BYTES);
  const headers = { ...VERSION, 'upload-offset': String(from) };
  const type = 'application/offset+octet-stream';
  return read((await request('PATCH', address, { body, type, headers, signal })).headers);
}

/** Discards an upload. */
export const discard = (address) => request('DELETE', address, { headers: VERSION });
