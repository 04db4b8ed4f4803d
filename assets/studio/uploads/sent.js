// Which files this browser has sent, so that a folder that is dropped again after a reload is not sent again. Only a
// hint: a file is left out when the event still has a photo of its name and size.

import { listAll } from '../core/server.js';
import { recall, remember } from '../core/memory.js';

/** A folder comes in many parts: one listing of the event does for all of them. */
const LISTING_LASTS = 30_000;
const MOST = 20_000;
const SAVED_EVERY = 2000;
const sent = new Map();
const listings = new Map();
let timer = 0;

const key = (file) => `${file.name}|${file.size}|${file.lastModified}`;
const place = (eventId) => `sent.${eventId}`;

function known(eventId) {
  if (!sent.has(eventId)) sent.set(eventId, new Set(recall(place(eventId), [])));
  return sent.get(eventId);
}

/** Remembers a file that the server has. */
export function keepSent({ eventId, file }) {
  known(eventId).add(key(file));
  timer ||= setTimeout(() => {
    timer = 0;
    for (const [id, keys] of sent) remember(place(id), [...keys].slice(-MOST));
  }, SAVED_EVERY);
}

async function read(eventId) {
  const photos = await listAll(eventId);
  return new Set(photos.map((photo) => `${photo.file_name}|${photo.size_bytes}`));
}

/** Names and sizes of what the event has, or had a moment ago. */
function inEvent(eventId) {
  if (!listings.has(eventId)) {
    const forget = () => listings.delete(eventId);
    const listing = read(eventId);
    listings.set(eventId, listing);
    listing.then(() => setTimeout(forget, LISTING_LASTS), forget);
  }
  return listings.get(eventId);
}

/** Those of the files that need not be sent. */
export async function alreadySent(eventId, files) {
  const candidates = files.filter((file) => known(eventId).has(key(file)));
  if (!candidates.length) return new Set();
  // Not known is no reason to leave anything out.
  const there = await inEvent(eventId).catch(() => new Set());
  return new Set(candidates.filter((file) => there.has(`${file.name}|${file.size}`)));
}
