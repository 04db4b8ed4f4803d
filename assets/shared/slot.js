// A slot for one photo in the large view: thumbnail first, a larger picture over it, the outline of a face, and what
// lies on it. The larger one is as large as the screen needs; who zooms in gets all pixels of the preview.

import { render } from '../vendor/lit-html/lit-html.js';
import { number, text } from './text.js';

/** Long side of a medium picture, in pixels. */
const MEDIUM = 1024;
/** So many pixels a point are enough until somebody zooms in, also where the screen has three. */
const ENOUGH = 1.5;

export class Slot {
  /** Of a `Lightbox`. */
  constructor(box) {
    this.box = box;
    const figure = this.figure = document.createElement('figure');
    const frame = this.frame = document.createElement('div');
    const face = this.face = document.createElement('div');
    const over = this.over = document.createElement('div');
    const low = this.low = document.createElement('img');
    const high = this.high = document.createElement('img');
    /** @type {number | null} */
    this.index = null;
    /** @type {number | null} */
    this.id = null;
    /** The addresses of the preview and of the medium picture. */
    this.large = '';
    this.medium = '';
    /** The photo's long side on the screen, in points. */
    this.side = 0;
    frame.className = 'frame';
    face.className = 'outline';
    low.alt = '';
    for (const image of [low, high]) image.draggable = false;
    high.addEventListener('load', () => high.classList.add('there'));
    high.addEventListener('error', () => this.#giveUp());
    // Photos whose size is unknown get it from the thumbnail.
    low.addEventListener('load', () => box.photo && !box.photo.width && box.draw());
    frame.append(low, high, face, over);
    figure.append(frame);
    box.stage.append(figure);
  }

  clear() {
    this.waive();
    Object.assign(this, { index: null, id: null });
  }

  get isThere() { return this.high.complete && this.high.naturalWidth > 0; }

  /** Loads the medium picture if that is enough for the screen and not `all` pixels are needed, else the preview. */
  enlarge(all = false) {
    const { id, high, large, medium, side } = this;
    const next = all || side * Math.min(devicePixelRatio, ENOUGH) > MEDIUM ? large : medium;
    if (id !== null && ![large, next].includes(high.getAttribute('src') ?? '')) high.src = next;
  }

  /** Stops loading it. */
  waive() {
    if (!this.isThere) this.#giveUp();
  }

  /** Goes back to the medium picture if that was shown, else to the thumbnail. */
  #giveUp() {
    const { high, medium } = this;
    if (high.classList.contains('there') && high.getAttribute('src') !== medium) {
      high.src = medium;
    } else {
      high.classList.remove('there');
      high.removeAttribute('src');
    }
  }

  /** Shows the photo at `index` of the list; hides the slot without one. */
  show(index, photo) {
    const { box, figure, frame, low, high } = this;
    figure.hidden = !photo;
    figure.inert = index !== box.index;
    if (!photo) return this.clear();
    // A slot that changes sides is not animated.
    figure.classList.toggle('still', this.index !== index);
    figure.style.setProperty('--place', String(index - box.index));
    this.index = index;
    if (this.id !== photo.id) {
      this.id = photo.id;
      high.classList.remove('there');
      high.removeAttribute('src');
      low.src = box.address(photo, 'thumbnail');
      this.large = box.address(photo, 'preview');
      // A preview that is no larger is the same picture.
      this.medium = Math.max(photo.width, photo.height) <= MEDIUM ? this.large : box.address(photo, 'medium');
    }
    high.alt = text('photo.position', { position: number(index + 1), count: number(box.list().length) });
    const [width, height] = [photo.width || low.naturalWidth || 3, photo.height || low.naturalHeight || 2];
    const scale = Math.min(box.stage.clientWidth / width, box.stage.clientHeight / height);
    this.side = Math.max(width, height) * scale;
    frame.style.width = `${Math.floor(width * scale)}px`;
    frame.style.height = `${Math.floor(height * scale)}px`;
    this.#outline(box.outline(photo));
    render(box.over(photo), this.over);
  }

  #outline(part) {
    this.face.hidden = !part;
    const sides = { left: part?.x, top: part?.y, width: part?.w, height: part?.h };
    for (const [side, share] of Object.entries(sides)) this.face.style[side] = `${(share ?? 0) * 100}%`;
  }
}
