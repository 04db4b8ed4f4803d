// The places of the wall: one large, three small. Each has two images and shows one; no element is ever added.

const SMALL = 3;
/** Slightly longer than the transition in the style sheet. */
const FADES = 2500;

/** A place where a photo fades into the next one. */
class Place {
  /** The object URL that each image shows. @type {WeakMap<HTMLImageElement, string>} */
  #urls = new WeakMap();
  /** Releases the old picture once it has faded out. */
  #fading = 0;
  /**
   * An image whose picture is being decoded. Its `src` must stay until then: in Chromium `decode()` may otherwise never
   * end, and the wall would stand still. @type {HTMLImageElement | null}
   */
  #loading = null;
  constructor(parent) {
    this.photo = null;
    this.node = document.createElement('div');
    this.node.className = 'place';
    this.layers = [0, 1].map(() => {
      const image = document.createElement('img');
      image.alt = '';
      image.decoding = 'async';
      this.node.append(image);
      return image;
    });
    parent.append(this.node);
  }

  /** Fades a photo in, if it is still wanted once decoded. */
  async show(photo, blob, isWanted) {
    const [old, image] = this.layers;
    // The image may still be fading out.
    clearTimeout(this.#fading);
    const address = URL.createObjectURL(blob);
    this.#loading = image;
    image.src = address;
    try {
      await image.decode().finally(() => { this.#loading = null; });
      // It may have been hidden meanwhile.
      if (!isWanted(photo)) throw new Error('gone');
    } catch (error) {
      URL.revokeObjectURL(address);
      this.#unload(image);
      throw error;
    }
    this.photo = photo;
    this.node.dataset.photo = photo.id;
    const { naturalWidth: width, naturalHeight: height } = image;
    image.style.setProperty('--ratio', String(width / height));
    image.classList.add('seen');
    old.classList.remove('seen');
    this.layers = [image, old];
    this.#release(image);
    this.#urls.set(image, address);
    this.#fading = setTimeout(() => this.#unload(old), FADES);
  }

  clear() {
    this.photo = null;
    delete this.node.dataset.photo;
    for (const image of this.layers) {
      image.classList.remove('seen');
      if (image !== this.#loading) this.#unload(image);
    }
  }

  #release(image) {
    URL.revokeObjectURL(this.#urls.get(image) ?? '');
    this.#urls.delete(image);
  }

  #unload(image) {
    this.#release(image);
    image.removeAttribute('src');
  }
}

export class Stage {
  /** `isWanted(photo)` says whether a photo may be shown. */
  constructor(pictures, hero, strip, isWanted) {
    this.pictures = pictures;
    this.isWanted = isWanted;
    this.hero = new Place(hero);
    this.small = Array.from({ length: SMALL }, () => new Place(strip));
    this.turn = 0;
  }

  get places() {
    return SMALL + 1;
  }

  get all() {
    return [this.hero, ...this.small];
  }

  get isFull() {
    return this.all.every(({ photo }) => photo);
  }

  /** The photos on the wall, in the order in which they will leave. */
  shown() {
    const order = [this.hero, ...this.small.map((_, at) => this.small[(this.turn + at) % SMALL])];
    return order.map(({ photo }) => photo).filter(Boolean);
  }

  async put(place, photo) {
    await place.show(photo, await this.pictures.get(photo), this.isWanted);
  }

  async fill(photos) {
    await Promise.allSettled(this.all.slice(0, photos.length).map((place, at) => this.put(place, photos[at])));
  }

  /** Shows a photo large. The previous one becomes small and replaces the oldest small one. */
  async show(photo) {
    const blob = await this.pictures.get(photo);
    const before = this.hero.photo;
    const same = this.small.find((place) => place.photo?.id === photo.id);
    await this.hero.show(photo, blob, this.isWanted);
    if (!before) return;
    const empty = this.small.find((place) => !place.photo);
    const place = same ?? empty ?? this.small[this.turn % SMALL];
    if (!same && !empty) this.turn += 1;
    // The large photo may be gone by now: then the small one stays, unless it is shown large now.
    if (before.id !== photo.id) await this.put(place, before).catch(() => same?.clear());
  }

  /** Removes photos immediately; true when a place became empty. */
  remove(isGone) {
    const gone = this.all.filter(({ photo }) => photo && isGone(photo));
    for (const place of gone) place.clear();
    return gone.length > 0;
  }
}
