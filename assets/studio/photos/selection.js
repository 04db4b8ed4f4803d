// The selected photos, by id, and the keyboard position.

import { text } from '../../shared/text.js';
import { notify, notifyFailure } from '../core/notices.js';
import { redraw } from '../../shared/redraw.js';
import { listAll } from '../core/server.js';

/** Reports that some photos could not be read. */
function incomplete(problem) {
  if (problem) notifyFailure(problem);
  else notify(text('studio.select_incomplete'), { alarm: true });
}

export class Selection {
  constructor(listing) {
    this.listing = listing;
    /** Selected photos by id, as they were when selected. */
    this.ids = new Map();
    this.active = 0;
    this.anchor = 0;
    /** Until the user moves, the keyboard position stays the first photo. */
    this.moved = false;
    /** While selecting, a tap on a touch screen selects. */
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
    this.moved = true;
    redraw();
  }

  /** Selects everything between the last selected photo and this one. */
  async extend(position) {
    this.active = position;
    this.moved = true;
    const [from, to] = [Math.min(this.anchor, position), Math.max(this.anchor, position)];
    const photos = await this.listing.range(from, to + 1);
    // All or none.
    if (photos.length > to - from) this.add(photos);
    else incomplete(this.listing.problem);
  }

  /** Selects all photos of the filter, also those not fetched yet. */
  async all() {
    const { eventId, query } = this.listing;
    try {
      const photos = await listAll(eventId, query);
      // Discarded when the filter changed meanwhile.
      if (JSON.stringify(query) === JSON.stringify(this.listing.query)) this.add(photos);
    } catch (error) {
      incomplete(error.incomplete ? null : error);
    }
  }

  add(photos) {
    for (const photo of photos) this.ids.set(photo.id, photo);
    this.choosing = this.ids.size > 0;
    redraw();
  }

  /** Runs a task that may move photos; the keyboard position follows its photo. */
  async following(task) {
    const before = [this.active, this.anchor].map((position) => this.listing.at(position)?.id);
    await task();
    if (!this.moved) return;
    const [active, anchor] = before.map((id) => (id === undefined ? -1 : this.listing.find(id)));
    if (active >= 0) this.active = active;
    if (anchor >= 0) this.anchor = anchor;
  }

  move(position) {
    const last = Math.max(0, (this.listing.total ?? 1) - 1);
    this.active = Math.min(last, Math.max(0, position));
    this.moved = true;
    redraw();
  }
}
