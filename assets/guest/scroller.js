// Ten thousand photos as a grid of squares of which only those in sight exist. Pages are fetched when they are needed.

import { fill, nearby, target, tile } from '../shared/grid.js';

export const PAGE = 200;
const [GAP, SETTLED, SPARE] = [3, 90, 2];

export class Scroller {
  /** `fetch(offset)` gives a page's photos; `moved(index)` hears of the first photo in sight. */
  constructor({ address, fetch, open, moved, label }) {
    Object.assign(this, { address, fetch, open, moved, tiles: new Map(), pages: new Map(), focused: 0, chosen: null });
    this.element = Object.assign(document.createElement('div'), { className: 'squares' });
    this.element.setAttribute('role', 'group');
    this.element.setAttribute('aria-label', label);
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.element.addEventListener('focusin', ({ target }) => { this.focused = Number(target.dataset.index); });
    addEventListener('scroll', () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(this.element);
    this.reset(0);
  }

  reset(total) {
    // Whoever goes by keys stays at the same photo, or at its place.
    if (this.tiles.get(this.focused) === document.activeElement) this.held = this.photos[this.focused]?.id;
    this.photos = Array.from({ length: total });
    this.focused = Math.max(0, Math.min(this.focused, total - 1));
    this.pages.clear();
    for (const button of this.tiles.values()) button.remove();
    this.tiles.clear();
  }

  /** Fetches the page that holds this photo, once. */
  async need(index) {
    const offset = Math.floor(index / PAGE) * PAGE;
    if (!this.pages.has(offset)) {
      this.pages.set(offset, this.fetch(offset).then((items) => {
        items.forEach((photo, at) => { this.photos[offset + at] = photo; });
      }));
      this.pages.get(offset).catch(() => this.pages.delete(offset));
    }
    await this.pages.get(offset);
  }

  #layout() {
    const width = this.element.clientWidth;
    this.columns = Math.max(3, Math.floor(width / (width < 700 ? 140 : 190)));
    this.side = (width - GAP * (this.columns - 1)) / this.columns;
    this.row = this.side + GAP;
    this.element.style.height = `${Math.ceil(this.photos.length / this.columns) * this.row}px`;
  }

  #measures = (spare = 0) => ({ columns: this.columns, row: this.row, total: this.photos.length, spare });

  #scrolled() {
    if (!this.element.isConnected || this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      const fast = Math.abs(scrollY - (this.before ?? scrollY)) > innerHeight;
      this.before = scrollY;
      this.draw(fast);
      clearTimeout(this.settling);
      if (fast) this.settling = setTimeout(() => this.draw(), SETTLED);
    });
  }

  /** Shows the rows in sight; while they fly past, nothing is fetched for them. */
  draw(fast = false) {
    if (!this.element.isConnected || !this.element.clientWidth) return;
    this.#layout();
    const above = -this.element.getBoundingClientRect().top;
    const { first: from, last: to } = nearby(above, this.#measures(SPARE));
    for (const [index, button] of this.tiles) {
      if ((index >= from && index < to) || button === document.activeElement) continue;
      button.remove();
      this.tiles.delete(index);
    }
    for (let index = from; index < to; index += 1) this.#show(index, fast);
    this.#hold();
    this.#rove();
    if (!fast) this.#fetchAround(from, to);
    const atTop = Math.floor(above / this.row) * this.columns;
    this.moved(Math.min(Math.max(0, atTop), Math.max(0, this.photos.length - 1)));
  }

  #fetchAround(from, to) {
    for (let index = from; index < to; index = (Math.floor(index / PAGE) + 1) * PAGE) {
      if (!this.pages.has(Math.floor(index / PAGE) * PAGE)) this.need(index).then(() => this.draw(), () => {});
    }
  }

  #show(index, fast) {
    let button = this.tiles.get(index);
    if (!button) {
      button = tile();
      button.dataset.index = String(index);
      button.addEventListener('click', () => this.photos[index] && this.open(index, this.photos));
      this.tiles.set(index, button);
      this.element.append(button);
    }
    const [x, y] = [(index % this.columns) * this.row, Math.floor(index / this.columns) * this.row];
    button.style.transform = `translate(${x}px, ${y}px)`;
    button.style.width = button.style.height = `${this.side}px`;
    const [photo, chosen] = [this.photos[index], this.chosen];
    if (photo && !fast) fill(button, photo, { address: this.address, position: index + 1, count: this.photos.length, chosen });
    button.disabled = !photo;
  }

  /** After all tiles were made anew, the focus is where it was. */
  #hold() {
    if (this.held === undefined) return;
    const at = this.photos.findIndex((photo) => photo?.id === this.held);
    const button = this.tiles.get(at) ?? this.tiles.get(this.focused);
    const elsewhere = document.activeElement !== document.body;
    if (!elsewhere && (!button || button.disabled)) return;
    this.held = undefined;
    if (!elsewhere) button.focus({ preventScroll: true });
  }

  /** One stop for the Tab key; arrows go on from there. */
  #rove() {
    const sight = this.tiles.has(this.focused) ? this.focused : Math.min(...this.tiles.keys());
    for (const [index, button] of this.tiles) button.tabIndex = index === sight ? 0 : -1;
  }

  async #key(event) {
    const to = target(event.key, this.focused, this.#measures());
    if (to === undefined) return;
    event.preventDefault();
    await this.focus(null, to);
  }

  jump(index) {
    const top = this.element.getBoundingClientRect().top + scrollY;
    scrollTo(0, Math.max(0, top + Math.floor(index / this.columns) * this.row - 120));
  }

  async focus(photo, index) {
    this.focused = index;
    const [top, y] = [this.element.getBoundingClientRect().top, Math.floor(index / this.columns) * this.row];
    if (top + y < 120 || top + y + this.row > innerHeight) this.jump(index);
    await this.need(index).catch(() => {});
    this.draw();
    this.tiles.get(index)?.focus({ preventScroll: true });
  }
}
