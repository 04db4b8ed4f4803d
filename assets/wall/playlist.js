// Decides which photo comes next: new ones first, pinned ones repeatedly, the others in turn.

const MOST = 200;
/** At most this many new photos wait; of a large upload only the newest. */
const MOST_FRESH = 12;
/** Every fourth photo is a pinned one. */
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

  /**
   * Takes over the server's list; photos come newest first.
   * @param {WallPhotos} list
   */
  take({ photos, pinned, paused }) {
    this.photos = photos.slice(0, MOST);
    this.paused = paused;
    this.ids = new Set(this.photos.map(({ id }) => id));
    this.pinned = this.photos.filter(({ id }) => pinned.includes(id));
    const isNew = this.known ? this.photos.filter(({ id }) => !this.known?.has(id)) : [];
    this.known = new Set(this.ids);
    // Of the new ones the oldest comes first.
    this.fresh = [...this.fresh.filter(this.has), ...isNew.reverse()].slice(-MOST_FRESH);
    this.position %= Math.max(1, this.photos.length);
  }

  /** The photos that the wall starts with. */
  first(count) {
    const some = [...new Set([...this.pinned.slice(0, 1), ...this.photos])].slice(0, count);
    this.position = some.length % Math.max(1, this.photos.length);
    return some;
  }

  /** The next photo that is not in `shown`; null if there is none. */
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
    // All photos are on the wall: the large one swaps with the strip.
    return shown.length > 1 ? shown.at(-1) : null;
  }

  /** Skips a photo that could not be loaded. */
  pass({ id }) {
    this.fresh = this.fresh.filter((photo) => photo.id !== id);
  }
}
