// The wall's pictures as bytes in memory: a few dozen, so that it goes on for a while without the network, and no more,
// so that it does not grow in a day.

import { request } from '../shared/api.js';

const KEPT = 24;
/** A picture that hangs must not hold up what comes after it. */
const PATIENCE = 20_000;

export class Pictures {
  constructor(eventId) {
    this.eventId = eventId;
    /** Id to bytes, the longest unused first. */
    this.blobs = new Map();
  }

  /** The bytes of a photo; from memory where they are there. */
  async get({ id }) {
    const kept = this.blobs.get(id);
    if (kept) {
      this.blobs.delete(id);
      this.blobs.set(id, kept);
      return kept;
    }
    const options = { signal: AbortSignal.timeout(PATIENCE) };
    const blob = await (await request('GET', `/wall/${this.eventId}/photos/${id}/preview`, options)).blob();
    this.blobs.set(id, blob);
    while (this.blobs.size > KEPT) this.blobs.delete(this.blobs.keys().next().value);
    return blob;
  }

  has = ({ id }) => this.blobs.has(id);

  /** Lets go of what is no longer shown to anybody. */
  keepOnly(ids) {
    for (const id of this.blobs.keys()) if (!ids.has(id)) this.blobs.delete(id);
  }
}
