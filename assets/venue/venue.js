// A phone checks the venue: whether it reaches the server, how fast, and how far the clocks are apart. It reports that.

import { request, send } from '../shared/api.js';
import { number, reason, text } from '../shared/text.js';

const key = new URLSearchParams(location.hash.slice(1)).get('k') ?? '';
const result = /** @type {HTMLElement} */ (document.getElementById('result'));

/** By how many milliseconds the phone's clock is ahead. */
async function compareClocks() {
  const before = Date.now();
  const { now_ms: there } = await send('POST', '/venue-check/clock', { json: { key } });
  return Math.round((before + Date.now()) / 2 - there);
}

async function download() {
  const begin = performance.now();
  const response = await request('POST', '/venue-check/sample', { json: { key } });
  const bytes = (await response.arrayBuffer()).byteLength;
  return { bytes, ms: Math.max(1, Math.round(performance.now() - begin)) };
}

async function check() {
  const ahead = await compareClocks();
  const { bytes, ms } = await download();
  await request('POST', '/venue-check/report', { json: { key, bytes, ms, ahead_ms: ahead } });
  const speed = number(Math.round(bytes * 8 / ms / 100) / 10);
  result.textContent = text('phone.done', { speed });
}

check().catch((error) => {
  result.className = 'problem';
  result.textContent = reason(error);
});
