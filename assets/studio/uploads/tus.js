// The tus protocol, version 1.0: a file in pieces, each of which the server confirms.

import { request } from '../../shared/api.js';

/** Sent at once: little is lost with a connection, and few requests are made. */
export const PIECE_BYTES = 4 << 20;
const VERSION = { 'tus-resumable': '1.0.0' };

/** Base64 of the text's UTF-8 bytes. */
function base64(text) {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}

/** Announces a file; gives the upload's address. */
export async function create(path, { name, size, type }, signal) {
  const metadata = [`filename ${base64(name)}`, ...(type ? [`filetype ${base64(type)}`] : [])].join(',');
  const headers = { ...VERSION, 'upload-length': String(size), 'upload-metadata': metadata };
  const response = await request('POST', path, { headers, signal });
  return new URL(response.headers.get('location') ?? '', location.href).pathname;
}

/** What an answer says: how many bytes the server has, and whether they are a photo by now, which it may have known. */
function read(headers) {
  return {
    offset: Number(headers.get('upload-offset')),
    whole: headers.has('upload-photo'),
    duplicate: headers.get('upload-duplicate') === 'true',
  };
}

/** How far an upload is. */
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

/** Gives an upload up. */
export const discard = (address) => request('DELETE', address, { headers: VERSION });
