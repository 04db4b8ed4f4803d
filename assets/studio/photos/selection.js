// Which photos are chosen, by their ids, and where the keyboard is.

import { notify, notifyFailure } from '../core/notices.js';
import { redraw } from '../core/redraw.js';
import { listAll } from '../core/server.js';
import { text } from '../../shared/text.js';

/** Some of the photos could not be read, because of a refusal or of changes. */
function incomplete(problem) {
  if (problem) notifyFailure(problem);
  else notify(text('studio.select_incomplete'), { alarm: true });
}

export class Selection {
  constructor(listing) {
    this.listing = listing;
    /** Id to photo, as it was when it was chosen. */
    this.ids = new Map();
    this.active = 0;
    this.anchor = 0;
    /** The keyboard's place stays the first one until somebody chose another. */
    this.moved = false;
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
    this.moved = true;
    redraw();
  }

  /** Everything between the last chosen photo and this one. */
  async extend(position) {
    this.active = position;
    this.moved = true;
    const [from, to] = [Math.min(this.anchor, position), Math.max(this.anchor, position)];
    const photos = await this.listing.range(from, to + 1);
    // Rather none than some of them.
    if (photos.length > to - from) this.add(photos);
    else incomplete(this.listing.problem);
  }

  /** Chooses all photos that the filter lets through, also those that nobody has scrolled to. */
  async all() {
    const { eventId, query } = this.listing;
    try {
      const photos = await listAll(eventId, query);
      // Another filter meanwhile: those are not meant any more.
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

  /** Runs what may move the photos to other positions; the places stay with their photos. */
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
