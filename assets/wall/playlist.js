// Which photo comes next: new ones at once, pinned ones again and again, the others in turn.

const MOST = 200;
/** So many new photos wait at most: of a whole card that was just uploaded, the newest. */
const MOST_FRESH = 12;
/** Every so many photos a pinned one comes. */
const PINNED_EVERY = 4;

export class Playlist {
  constructor() {
    this.photos = [];
    this.pinned = [];
    this.ids = new Set();
    this.fresh = [];
    this.paused = false;
    this.turn = 0;
    this.position = 0;
    this.known = null;
  }

  get isEmpty() {
    return this.photos.length === 0;
  }

  get isBusy() {
    return this.fresh.length > 0 && !this.paused;
  }

  has = ({ id }) => this.ids.has(id);

  /** Takes what the server says; photos come newest first. */
  take({ photos, pinned, paused }) {
    this.photos = photos.slice(0, MOST);
    this.paused = paused;
    this.ids = new Set(this.photos.map(({ id }) => id));
    this.pinned = this.photos.filter(({ id }) => pinned.includes(id));
    const isNew = this.known ? this.photos.filter(({ id }) => !this.known?.has(id)) : [];
    this.known = new Set(this.ids);
    // The oldest of the new first, as they were taken.
    this.fresh = [...this.fresh.filter(this.has), ...isNew.reverse()].slice(-MOST_FRESH);
    this.position %= Math.max(1, this.photos.length);
  }

  /** What the wall begins with. */
  first(count) {
    const some = [...new Set([...this.pinned.slice(0, 1), ...this.photos])].slice(0, count);
    this.position = some.length % Math.max(1, this.photos.length);
    return some;
  }

  /** The next photo that is not among `shown`; null where there is none. */
  next(shown) {
    const isShown = ({ id }) => shown.some((other) => other.id === id);
    this.turn += 1;
    const fresh = this.fresh.shift();
    if (fresh && !isShown(fresh)) return fresh;
    if (this.turn % PINNED_EVERY === 0 && this.pinned.length) {
      const photo = this.pinned[(this.turn / PINNED_EVERY) % this.pinned.length];
      if (!isShown(photo)) return photo;
    }
    for (let tries = 0; tries < this.photos.length; tries += 1) {
      const photo = this.photos[this.position];
      this.position = (this.position + 1) % this.photos.length;
      if (!isShown(photo)) return photo;
    }
    // All of them are on the wall: the large one changes places with the strip.
    return shown.length > 1 ? shown.at(-1) : null;
  }

  /** A photo that could not be had: it waits for its next turn. */
  pass({ id }) {
    this.fresh = this.fresh.filter((photo) => photo.id !== id);
  }
}
