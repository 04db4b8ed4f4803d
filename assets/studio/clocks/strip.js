// Photos of one camera in the order of their moments, of which one can be picked.

import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { number, text } from '../../shared/text.js';
import { exactMoment } from '../../shared/format.js';
import { attempt } from '../core/notices.js';
import { redraw } from '../../shared/redraw.js';
import { listStrip } from './requests.js';

export class Strip {
  /**
   * `picked(photo)` is called when a photo is picked.
   * @param {number} eventId
   * @param {(photo: Api.PhotoOfCamera) => void} picked
   */
  constructor(eventId, picked) {
    this.eventId = eventId;
    this.picked = picked;
    /** @type {Api.CameraClock | null} */
    this.camera = null;
    /** @type {Api.CameraPhotos} */
    this.shown = { total: 0, from: 0, items: [] };
    /** @type {Api.PhotoOfCamera | null} */
    this.pick = null;
    /** Whether somebody has looked for a place in it. */
    this.touched = false;
  }

  /** @param {Api.CameraClock} camera */
  choose(camera) {
    Object.assign(this, { camera, pick: null, touched: false });
    return this.load({ from: 0 });
  }

  /** @param {{from?: number, around?: string}} start */
  load(start) {
    const { camera } = this;
    return attempt(async () => {
      if (!camera) return;
      const shown = await listStrip(this.eventId, camera, start);
      if (camera === this.camera) this.shown = shown;
      redraw();
    });
  }

  #move(from) {
    this.touched = true;
    this.load({ from: Math.max(0, from) });
  }

  #press(photo) {
    this.touched = true;
    this.pick = this.pick?.id === photo.id ? null : photo;
    if (this.pick) this.picked(photo);
    redraw();
  }

  #tile(photo) {
    const chosen = this.pick?.id === photo.id;
    return html`<li><button type="button" aria-pressed=${chosen ? 'true' : 'false'} @click=${() => this.#press(photo)}>
      <img src=${photo.thumbnail_url} alt=${photo.file_name} loading="lazy" decoding="async">
      <span>${chosen ? icon('check') : nothing}${exactMoment(photo.moment)}</span></button></li>`;
  }

  /** @param {string} label */
  render(label) {
    const { total, from, items } = this.shown;
    const last = from + items.length;
    const move = (sign, words, to, off) => html`<button type="button" class="tool framed" aria-label=${words}
      title=${words} ?disabled=${off} @click=${() => this.#move(to)}>${icon(sign)}</button>`;
    return html`<ul class="moments" aria-label=${label}>
        ${repeat(items, ({ id }) => id, (photo) => this.#tile(photo))}</ul>
      <div class="moments-bar">
        ${move('back', text('studio.clocks.earlier'), from - items.length, from === 0)}
        <input type="range" min="0" max=${Math.max(0, total - items.length)} .value=${String(from)}
          aria-label=${text('studio.clocks.place')} ?disabled=${total <= items.length}
          @change=${(event) => this.#move(Number(event.target.value))}>
        ${move('next', text('studio.clocks.later'), last, last >= total)}
        <span class="hint">${text('studio.clocks.range',
          { first: number(Math.min(from + 1, total)), last: number(last), total: number(total) })}</span>
      </div>`;
  }
}
