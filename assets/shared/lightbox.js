// One photo, as large as the window, with its neighbours beside it. Keys, swipes and buttons move on.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { load } from './ahead.js';
import { icon } from './icons.js';
import { Slot } from './slot.js';
import { number, text } from './text.js';
import { settle } from './toast.js';
import { Zoom } from './zoom.js';

export class Lightbox {
  /**
   * `tools(photo, box)`, `about(photo)` and `note(photo)` return the content around a photo, `over(photo)` what lies on
   * it, `outline(photo)` the box of a face as fractions of the photo, or null.
   * @param {{address: any, tools?: any, about: any, note?: any, over?: any,
   *   outline?: (photo: any) => Api.FaceView | null | undefined}} options
   */
  constructor({ address, tools, about, note = () => nothing, over = () => nothing, outline = () => null }) {
    this.address = address;
    this.tools = tools;
    this.about = about;
    this.note = note;
    this.over = over;
    this.outline = outline;
    this.index = 0;
    /** Where the last step led: 1 or -1. */
    this.way = 1;
    /** @type {() => any[]} */
    this.list = () => [];
    /** @type {(photo: any) => void} */
    this.whenClosed = () => {};
    /** @type {((index: number) => Promise<void>) | null} */
    this.need = null;
    this.dialog = Object.assign(document.createElement('dialog'), { className: 'lightbox' });
    this.dialog.setAttribute('aria-label', text('lightbox.title'));
    this.stage = Object.assign(document.createElement('div'), { className: 'stage' });
    this.slots = [0, 1, 2].map(() => new Slot(this));
    this.zoom = new Zoom(this.dialog, this.stage, () => this.#at(this.index)?.frame, {
      drag: (dx) => this.#drag(dx),
      release: (dx, speed) => this.step(Math.abs(dx) > innerWidth / 4 || Math.abs(speed) > 0.4 ? -Math.sign(dx) : 0),
      tap: () => this.dialog.classList.toggle('bare'),
      enlarge: () => this.#at(this.index)?.enlarge(true),
    });
    this.dialog.addEventListener('keydown', (event) => this.#key(event));
    this.dialog.addEventListener('close', () => this.#closed());
    // The phone's back button closes the photo, not the page, and does not scroll.
    history.scrollRestoration = 'manual';
    if (history.state?.photo) history.replaceState(null, '');
    addEventListener('popstate', () => this.dialog.open && !history.state?.photo && this.dialog.close());
    addEventListener('resize', () => this.dialog.open && this.draw());
    // Any picture of the page may have been the last one that was loading.
    document.addEventListener('load', () => this.dialog.open && this.#load(), true);
  }

  #at = (index) => this.slots.find((slot) => slot.index === index);
  get photo() { return this.list()[this.index]; }

  /**
   * `list()` gives the photos; `need(index)` fetches one that the list does not have yet.
   * @param {() => any[]} list
   * @param {number} index
   * @param {{closed?: (photo: any) => void, need?: ((index: number) => Promise<void>) | null}} [options]
   */
  open(list, index, { closed = () => {}, need = null } = {}) {
    Object.assign(this, { list, index, need, way: 1, whenClosed: closed });
    if (!this.dialog.isConnected) document.body.append(this.dialog);
    this.dialog.classList.remove('bare');
    history.pushState({ photo: true }, '');
    this.dialog.showModal();
    this.draw();
    settle();
    this.dialog.querySelector('.close')?.focus();
  }

  close() { history.state?.photo ? history.back() : this.dialog.close(); }

  #closed() {
    if (history.state?.photo) history.back();
    this.zoom.reset();
    for (const slot of this.slots) slot.clear();
    this.whenClosed(this.photo);
  }

  /** Moves by `by` photos; at either end the photo slides back. */
  step(by) {
    const to = this.index + by;
    if (by && to >= 0 && to < this.list().length) {
      this.zoom.reset();
      this.index = to;
      this.way = Math.sign(by);
    }
    this.draw();
  }

  /** Redraws after the list changed; shows `photo` if given. */
  changed(photo) {
    const list = this.list();
    if (photo) this.index = Math.max(0, list.findIndex(({ id }) => id === photo.id));
    if (!list.length) return this.close();
    this.index = Math.min(this.index, list.length - 1);
    this.draw();
  }

  #drag(dx) {
    this.stage.classList.toggle('dragged', dx !== 0);
    const last = this.index === this.list().length - 1;
    const stops = (dx > 0 && this.index === 0) || (dx < 0 && last);
    this.stage.style.setProperty('--drag', `${stops ? dx / 4 : dx}px`);
  }

  #key(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1, Home: -this.index, End: this.list().length - 1 - this.index };
    if (event.key in steps) this.step(steps[event.key]);
    else if (event.key === '+') this.zoom.by(1.5);
    else if (event.key === '-') this.zoom.by(1 / 1.5);
    else return;
    event.preventDefault();
  }

  async #fetch() {
    await this.need?.(this.index).catch(() => {});
    if (this.dialog.open) this.photo ? this.draw() : this.close();
  }

  draw() {
    const [list, photo] = [this.list(), this.photo];
    if (!photo) return this.need && list.length ? this.#fetch() : this.close();
    const [first, last] = [this.index === 0, this.index === list.length - 1];
    const position = text('photo.position', { position: number(this.index + 1), count: number(list.length) });
    render(html`
      <header class="over">
        <button class="tool close" type="button" aria-label=${text('lightbox.close')}
          @click=${() => this.close()}>${icon('close')}</button>
        <p aria-live="polite">${position}<span class="faint">${this.about(photo)}</span>
          <span class="faint note">${this.note(photo)}</span></p>
      </header>
      ${this.stage}
      <button class="tool step back" type="button" aria-label=${text('lightbox.back')} ?hidden=${first}
        @click=${() => this.step(-1)}>${icon('back')}</button>
      <button class="tool step next" type="button" aria-label=${text('lightbox.next')} ?hidden=${last}
        @click=${() => this.step(1)}>${icon('next')}</button>
      <footer class="over tools">${this.tools?.(photo, this) ?? nothing}</footer>`, this.dialog);
    this.#drag(0);
    // A photo keeps its slot, so that its picture stays loaded.
    for (const by of [0, 1, -1]) this.slots[(this.index + by + 3) % 3].show(this.index + by, list[this.index + by]);
    this.#load();
  }

  #load() { load(this.slots, this.#at(this.index), this.#at(this.index + this.way)); }
}
