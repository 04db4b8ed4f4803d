// The wall's pictures as bytes in memory: enough to go on for a while without the network, and no more, so that memory
// does not grow over a day.

import { request } from '../shared/api.js';

const KEPT = 24;
/** Ends downloads that hang. */
const TIMEOUT = 20_000;

export class Pictures {
  constructor(eventId) {
    this.eventId = eventId;
    /** Bytes of a version by photo id, least recently used first. */
    this.blobs = new Map();
  }

  /** The bytes of a photo, from memory if possible. */
  async get({ id, version }) {
    const kept = this.blobs.get(id);
    this.blobs.delete(id);
    if (kept?.version === version) {
      this.blobs.set(id, kept);
      return kept.blob;
    }
    const options = { signal: AbortSignal.timeout(TIMEOUT) };
    // Browsers keep pictures; another version is another one.
    const path = `/wall/${this.eventId}/photos/${id}/preview${version === id ? '' : `?v=${version}`}`;
    const blob = await (await request('GET', path, options)).blob();
    this.blobs.set(id, { version, blob });
    while (this.blobs.size > KEPT) this.blobs.delete(this.blobs.keys().next().value);
    return blob;
  }

  has = ({ id, version }) => this.blobs.get(id)?.version === version;

  /** Drops photos that are no longer shown. */
  keepOnly(ids) {
    for (const id of this.blobs.keys()) if (!ids.has(id)) this.blobs.delete(id);
  }
}
