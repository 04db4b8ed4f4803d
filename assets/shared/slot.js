// A slot for one photo in the large view: thumbnail first, preview over it, the outline of a face, and what lies on it.

import { render } from '../vendor/lit-html/lit-html.js';
import { number, text } from './text.js';

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
    /** The address of the preview. */
    this.large = '';
    frame.className = 'frame';
    face.className = 'outline';
    low.alt = '';
    for (const image of [low, high]) image.draggable = false;
    high.addEventListener('load', () => high.classList.add('there'));
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

  /** Loads the preview. */
  enlarge() {
    if (this.id !== null && this.high.getAttribute('src') !== this.large) this.high.src = this.large;
  }

  /** Stops loading it. */
  waive() {
    if (!this.isThere) this.high.removeAttribute('src');
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
    }
    high.alt = text('photo.position', { position: number(index + 1), count: number(box.list().length) });
    const [width, height] = [photo.width || low.naturalWidth || 3, photo.height || low.naturalHeight || 2];
    const scale = Math.min(box.stage.clientWidth / width, box.stage.clientHeight / height);
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
