// Photos in rows of equal height, uncropped. The list is updated tile by tile, so that nothing in view moves.

import { render } from '../vendor/lit-html/lit-html.js';
import { icon } from './icons.js';
import { number, text, time } from './text.js';

/** A button with a thumbnail. */
export function tile() {
  const button = document.createElement('button');
  const image = document.createElement('img');
  const mark = document.createElement('span');
  button.type = 'button';
  button.className = 'tile';
  image.alt = '';
  image.loading = 'lazy';
  image.decoding = 'async';
  image.addEventListener('load', () => button.classList.add('there'));
  mark.className = 'mark';
  button.append(image, mark);
  return button;
}

/**
 * Shows a photo in a tile. `chosen` is null while photos are not being selected.
 * @param {HTMLButtonElement} button
 * @param {any} photo
 * @param {{address: any, position: number, count: number, chosen?: Map<number, any> | null}} options
 */
export function fill(button, photo, { address, position, count, chosen = null }) {
  const [image, mark] = /** @type {any} */ (button.children);
  const source = address(photo, 'thumbnail');
  if (image.getAttribute('src') !== source) {
    button.classList.remove('there');
    image.src = source;
  }
  const when = photo.taken_at ? time(photo.taken_at) : '';
  const saved = photo.bookmarked ? text('photo.saved') : '';
  const place = text('photo.position', { position: number(position), count: number(count) });
  const words = [place, when, saved].filter(Boolean).join(', ');
  button.setAttribute('aria-label', words);
  if (chosen) button.setAttribute('aria-pressed', String(chosen.has(photo.id)));
  else button.removeAttribute('aria-pressed');
  const state = chosen ? chosen.has(photo.id) && 'chosen' : photo.bookmarked && 'saved';
  if (mark.dataset.state !== String(state)) {
    mark.dataset.state = String(state);
    render(state === 'chosen' ? icon('check') : state === 'saved' ? icon('heart', true) : '', mark);
  }
}

/** The photos near the window, whole rows of them, when the grid's top is `above` pixels over the window's. */
export function nearby(above, { columns, row, total, spare }) {
  const start = Math.max(0, Math.floor(above / row) - spare) * columns;
  const first = Math.min(start, Math.max(0, Math.floor((total - 1) / columns) * columns));
  const rows = Math.ceil(innerHeight / row) + 1 + 2 * spare;
  return { first, last: Math.min(total, first + rows * columns) };
}

/** The photo that a key leads to from the photo at `from`; undefined for other keys. */
export function target(key, from, { columns, row, total }) {
  const page = columns * Math.max(1, Math.floor(innerHeight / row) - 1);
  const to = {
    ArrowRight: from + 1, ArrowLeft: from - 1, ArrowDown: from + columns, ArrowUp: from - columns,
    PageDown: from + page, PageUp: from - page, Home: 0, End: total - 1,
  }[key];
  return to === undefined ? to : Math.max(0, Math.min(to, total - 1));
}

export class Grid {
  /**
   * `open(index, photos)` is called when a tile is pressed.
   * @param {{address: any, open: (index: number, photos: any[]) => void, label?: string}} options
   */
  constructor({ address, open, label = '' }) {
    this.element = document.createElement('ul');
    this.element.className = 'photos';
    this.label = label;
    this.address = address;
    this.open = open;
    this.items = new Map();
    this.photos = [];
  }

  #item(photo) {
    const item = document.createElement('li');
    const button = tile();
    item.append(button);
    item.style.setProperty('--ratio', String(Math.min(Math.max(photo.width / photo.height || 1.5, 0.5), 2.5)));
    button.addEventListener('click', () => this.open(this.photos.findIndex(({ id }) => id === photo.id), this.photos));
    this.items.set(photo.id, item);
    return item;
  }

  /**
   * `fresh` are the ids of photos that have just arrived.
   * @param {any[]} photos
   * @param {{chosen?: Map<number, any> | null, fresh?: Set<number>, before?: number, count?: number,
   *   label?: string}} [options]
   */
  show(photos, { chosen = null, fresh = new Set(), before = 0, count = photos.length, label = this.label } = {}) {
    this.photos = photos;
    if (label) this.element.setAttribute('aria-label', label);
    const ids = new Set(photos.map(({ id }) => id));
    for (const [id, item] of this.items) {
      if (ids.has(id)) continue;
      item.remove();
      this.items.delete(id);
    }
    photos.forEach((photo, index) => {
      const item = this.items.get(photo.id) ?? this.#item(photo);
      if (this.element.children[index] !== item) this.element.insertBefore(item, this.element.children[index] ?? null);
      item.classList.toggle('fresh', fresh.has(photo.id));
      fill(item.firstChild, photo, { address: this.address, position: before + index + 1, count, chosen });
    });
    return this.element;
  }

  /** Moves the focus to a photo of this grid. */
  focus(photo) {
    this.items.get(photo?.id)?.firstChild.focus({ preventScroll: false });
  }
}
