// The photographer in the studio, and guests meanwhile.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import jsQR from 'jsqr';
import { SELFIES, until } from './lib.mjs';

export const LOGIN = { login: 'rina@example.com', password: 'correct horse' };

/** A photographer at a laptop, signed in to the studio. */
export async function photographer(world, program, options = {}) {
  await program.admin(LOGIN.login, LOGIN.password);
  return anotherBrowser(world, program, options);
}

/** The same photographer on another machine. */
export async function anotherBrowser(world, program, { refused = [], ...options } = {}) {
  // Before signing in, the page asks for the session.
  const person = await world.person(program, { device: 'desktop', refused: [401, ...refused], ...options });
  await person.page.goto('/studio');
  await signIn(person);
  return person;
}

export async function signIn({ page, say }) {
  await page.getByLabel(say('studio.sign_in.login')).fill(LOGIN.login);
  await page.getByLabel(say('studio.sign_in.password')).fill(LOGIN.password);
  await page.getByRole('button', { name: say('studio.sign_in.enter') }).click();
  await page.getByRole('heading', { level: 1, name: say('studio.events.title') }).waitFor();
}

/** Calls the API with the session of the photographer's browser. */
export async function ask(person, path, { method = 'GET', json } = {}) {
  const options = { method, headers: { origin: person.origin } };
  if (method !== 'GET') {
    const session = await (await person.context.request.get('/auth/session')).json();
    options.headers['x-csrf-token'] = session.csrf_token;
    options.data = json;
  }
  const response = await person.context.request.fetch(path, options);
  assert.ok(response.ok(), `${method} ${path}: ${response.status()} ${await response.text()}`);
  return response.status() === 204 ? null : response.json();
}

/** Creates an event through the API and opens it in the studio. */
export async function openEvent(person, values = {}, page = 'photos') {
  const json = { name: 'Rina & Adi', date: '2026-11-23', description: null, password: null, ...values };
  const event = await ask(person, '/events', { method: 'POST', json });
  await person.page.goto(`/studio#/events/${event.id}/${page}`);
  await person.page.getByRole('heading', { level: 1, name: event.name }).waitFor();
  return event;
}

/** Gives files to the studio's file field. */
export const give = ({ page, say }, files) =>
  page.getByLabel(say('upload.drop.files'), { exact: true }).setInputFiles(files);

export const progress = (person, event) => ask(person, `/events/${event.id}/progress`);

/** Waits until the event has `count` photos and all are indexed. */
export const indexed = (person, event, count) => until(async () => {
  const { received, pending } = await progress(person, event);
  return received === count && pending === 0;
}, `${count} photos are indexed`, 60_000);

/** A JPEG file with `bytes` more after the end of the picture. */
export async function largePhoto(program, from, name, bytes) {
  const folder = join(program.folder, 'large');
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([await readFile(from), Buffer.alloc(bytes, name)]));
  return path;
}

/** A JPEG file that says by which camera and when (`2026:11:23 18:04:09`) it was taken. */
export async function takenWith(program, jpeg, name, { camera, serial, at }) {
  const texts = [camera, at, serial].map((value) => Buffer.from(`${value}\0\0\0\0`));
  let place = 68;
  const entry = (tag, type, count, value) => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16LE(tag, 0);
    bytes.writeUInt16LE(type, 2);
    bytes.writeUInt32LE(count, 4);
    bytes.writeUInt32LE(value, 8);
    return bytes;
  };
  const say = (tag, at) => entry(tag, 2, texts[at].length, (place += texts[at].length) - texts[at].length);
  const two = Buffer.from([2, 0]);
  const block = Buffer.concat([Buffer.from('II*\0\x08\0\0\0', 'latin1'), two, say(0x110, 0), entry(0x8769, 4, 1, 38),
    Buffer.alloc(4), two, say(0x9003, 1), say(0xa431, 2), Buffer.alloc(4), ...texts]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(block.length + 8, 2);
  const folder = join(program.folder, 'taken');
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  const exif = Buffer.from('Exif\0\0', 'latin1');
  await writeFile(path, Buffer.concat([jpeg.subarray(0, 2), head, exif, block, jpeg.subarray(2)]));
  return path;
}

/** A guest who enters by a link and searches with a selfie, without a page. */
export async function guest(world, program, event, { selfie = SELFIES.grace, key, password = null } = {}) {
  const person = await world.person(program);
  const base = `/e/${event.share_code}`;
  const send = async (path, options) => {
    const response = await person.context.request.post(base + path, { headers: { origin: person.origin }, ...options });
    assert.ok(response.ok(), `${path}: ${response.status()} ${await response.text()}`);
    return response;
  };
  await send('/session', { data: key ? { key } : { password } });
  if (!selfie) return person;
  await send('/consent');
  person.results = await (await send('/search', { data: await readFile(selfie) })).json();
  return person;
}

/** The text of the QR code in an image element. */
export async function readQr(image) {
  const pixels = await image.evaluate(async (element) => {
    await element.decode();
    const side = 320;
    const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side });
    const context = canvas.getContext('2d');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, side, side);
    context.drawImage(element, 20, 20, side - 40, side - 40);
    const { data } = context.getImageData(0, 0, side, side);
    // One character for each pixel: faster to transfer than numbers.
    return { side, dark: Array.from({ length: side * side }, (_, at) => (data[at * 4] < 128 ? '1' : '0')).join('') };
  });
  const data = new Uint8ClampedArray(pixels.side * pixels.side * 4).fill(255);
  for (let at = 0; at < pixels.dark.length; at += 1) if (pixels.dark[at] === '1') data.fill(0, at * 4, at * 4 + 3);
  const found = jsQR(data, pixels.side, pixels.side);
  assert.ok(found, 'no QR code in this picture');
  return found.data;
}
