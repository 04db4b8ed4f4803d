// Which photos are chosen, by their ids, and where the keyboard is.

import { redraw } from '../core/redraw.js';

export class Selection {
  constructor(listing) {
    this.listing = listing;
    /** Id to photo, as it was when it was chosen. */
    this.ids = new Map();
    this.active = 0;
    this.anchor = 0;
    /** On a touch screen a tap chooses, once choosing has begun. */
    this.choosing = false;
  }

  has(photo) {
    return this.ids.has(photo.id);
  }

  clear() {
    this.ids.clear();
    this.choosing = false;
    redraw();
  }

  toggle(position) {
    const photo = this.listing.at(position);
    if (!photo) return;
    if (!this.ids.delete(photo.id)) this.ids.set(photo.id, photo);
    this.choosing = this.ids.size > 0;
    this.active = position;
    this.anchor = position;
    redraw();
  }

  /** Everything between the last chosen photo and this one. */
  async extend(position) {
    this.active = position;
    const [from, to] = [Math.min(this.anchor, position), Math.max(this.anchor, position)];
    for (const photo of await this.listing.range(from, to + 1)) this.ids.set(photo.id, photo);
    this.choosing = this.ids.size > 0;
    redraw();
  }

  async all() {
    for (const photo of await this.listing.range(0, this.listing.total ?? 0)) this.ids.set(photo.id, photo);
    this.choosing = this.ids.size > 0;
    redraw();
  }

  move(position) {
    const last = Math.max(0, (this.listing.total ?? 1) - 1);
    this.active = Math.min(last, Math.max(0, position));
    redraw();
  }
}
