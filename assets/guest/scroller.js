// A virtual grid of squares for ten thousand photos. Pages of photos are fetched as they come into sight.

import { fill, nearby, target, tile } from '../shared/grid.js';

export const PAGE = 200;
const [GAP, SETTLED, SPARE] = [3, 90, 2];

export class Scroller {
  photos = [];
  tiles = new Map();
  pages = new Map();
  /** @type {GuestState['chosen']} */ chosen = null;
  focused = 0;
  grid = { columns: 3, side: 1, row: 1 };
  #measures = (spare = 0) => ({ ...this.grid, total: this.photos.length, spare });
  #top = (index) => Math.floor(index / this.grid.columns) * this.grid.row;

  /** `fetch(offset)` returns a page of photos; `moved(index)` gets the first photo in sight. */
  constructor({ address, fetch, open, moved, label }) {
    this.options = { address, fetch, open, moved };
    this.element = document.createElement('div');
    const attributes = { class: 'squares', role: 'group', 'aria-label': label };
    for (const [name, value] of Object.entries(attributes)) this.element.setAttribute(name, value);
    this.element.addEventListener('keydown', (event) => this.#key(event));
    const focused = (/** @type {any} */ { target }) => { this.focused = Number(target.dataset.index); };
    this.element.addEventListener('focusin', focused);
    addEventListener('scroll', () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(this.element);
    this.reset(0);
  }

  reset(total) {
    // The keyboard focus stays at the same photo, or at its position.
    if (this.tiles.get(this.focused) === document.activeElement) this.held = this.photos[this.focused]?.id;
    this.photos = Array.from({ length: total });
    this.focused = Math.max(0, Math.min(this.focused, total - 1));
    this.pages.clear();
    for (const button of this.tiles.values()) button.remove();
    this.tiles.clear();
  }

  /** Fetches the page of this photo, once. */
  async need(index) {
    const offset = Math.floor(index / PAGE) * PAGE;
    if (!this.pages.has(offset)) {
      this.pages.set(offset, this.options.fetch(offset).then((items) => {
        items.forEach((photo, at) => { this.photos[offset + at] = photo; });
      }));
      this.pages.get(offset)?.catch(() => this.pages.delete(offset));
    }
    await this.pages.get(offset);
  }

  #layout() {
    const width = this.element.clientWidth;
    const columns = Math.max(3, Math.floor(width / (width < 700 ? 140 : 190)));
    const side = (width - GAP * (columns - 1)) / columns;
    this.grid = { columns, side, row: side + GAP };
    this.element.style.height = `${Math.ceil(this.photos.length / columns) * (side + GAP)}px`;
  }

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

  /** Shows the rows in sight; during fast scrolling nothing is fetched. */
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
    for (let at = from; !fast && at < to; at = (Math.floor(at / PAGE) + 1) * PAGE) {
      if (!this.pages.has(Math.floor(at / PAGE) * PAGE)) this.need(at).then(() => this.draw(), () => {});
    }
    const seen = Math.floor(above / this.grid.row) * this.grid.columns;
    this.options.moved(Math.max(0, Math.min(seen, this.photos.length - 1)));
  }

  #show(index, fast) {
    let button = this.tiles.get(index);
    if (!button) {
      button = tile();
      button.dataset.index = String(index);
      button.addEventListener('click', () => this.photos[index] && this.options.open(index, this.photos));
      this.tiles.set(index, button);
      this.element.append(button);
    }
    const { columns, side, row } = this.grid;
    button.style.transform = `translate(${(index % columns) * row}px, ${this.#top(index)}px)`;
    button.style.width = button.style.height = `${side}px`;
    const { photos: { [index]: photo, length: count }, options: { address }, chosen } = this;
    if (photo && !fast) fill(button, photo, { address, position: index + 1, count, chosen });
    button.disabled = !photo;
  }

  /** Restores the focus after all tiles were created again. */
  #hold() {
    if (this.held === undefined) return;
    const at = this.photos.findIndex((photo) => photo?.id === this.held);
    const button = this.tiles.get(at) ?? this.tiles.get(this.focused);
    const isElsewhere = document.activeElement !== document.body;
    if (!isElsewhere && (!button || button.disabled)) return;
    this.held = undefined;
    if (!isElsewhere) button?.focus({ preventScroll: true });
  }

  /** One tab stop; arrow keys move from there. */
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
    scrollTo(0, Math.max(0, top + this.#top(index) - 120));
  }

  async focus(photo, index) {
    this.focused = index;
    const top = this.element.getBoundingClientRect().top + this.#top(index);
    if (top < 120 || top + this.grid.row > innerHeight) this.jump(index);
    await this.need(index).catch(() => {});
    this.draw();
    this.tiles.get(index)?.focus({ preventScroll: true });
  }
}
