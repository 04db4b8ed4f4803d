// Remembers which files this browser has sent, so that a folder dropped again after a reload is not sent again. Only a
// hint: a file is skipped if the event still has a photo of its name and size.

import { recall, remember } from '../core/memory.js';
import { listAll } from '../core/server.js';

/** A folder arrives in many parts, which share one listing of the event. */
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

/** Remembers a sent file. */
export function keepSent({ to: eventId, file }) {
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

/** Names and sizes of the event's photos, cached for a moment. */
function inEvent(eventId) {
  if (!listings.has(eventId)) {
    const forget = () => listings.delete(eventId);
    const listing = read(eventId);
    listings.set(eventId, listing);
    listing.then(() => setTimeout(forget, LISTING_LASTS), forget);
  }
  return listings.get(eventId);
}

/** The files that need not be sent. */
export async function alreadySent(eventId, files) {
  const candidates = files.filter((file) => known(eventId).has(key(file)));
  if (!candidates.length) return new Set();
  // If the listing fails, nothing is skipped.
  const there = await inEvent(eventId).catch(() => new Set());
  return new Set(candidates.filter((file) => there.has(`${file.name}|${file.size}`)));
}
