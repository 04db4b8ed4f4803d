// The photos of an event, fetched page by page.

import { redraw } from '../../shared/redraw.js';
import { listPhotos } from '../core/server.js';

const PAGE = 200;
const FILTERS = {
  all: {}, held: { held: true }, waiting: { state: 'pending' }, failed: { state: 'failed' },
  hidden: { hidden: true, held: false },
};

/** A listing in one order, through one filter; positions count from 0. */
export class Listing {
  /** @type {Map<number, Api.OwnImage[]>} */
  pages = new Map();
  /** @type {Map<number, Promise<void>>} Pages that were asked for. */
  asked = new Map();
  /** @type {number | null} */
  total = null;
  /** @type {number | null} The revision that the pages belong to. */
  mark = null;
  /** @type {any} */
  problem = null;

  constructor(eventId) {
    this.eventId = eventId;
    this.filter = 'all';
    /** Only photos of one source, photographer or camera, as a query. @type {Record<string, string>} */
    this.from = {};
    /** The source whose photos guests have sent. @type {number | null} */
    this.guests = null;
    this.sort = 'created_at';
    this.order = 'desc';
    this.clear();
  }

  clear() {
    this.pages = new Map();
    this.asked = new Map();
    this.total = null;
    this.mark = null;
    this.problem = null;
    // The number of the last refresh that started, and of the one that is shown.
    this.latest = (this.latest ?? 0) + 1;
    this.shown = this.latest;
    // Responses to requests of an older generation are discarded.
    this.generation = (this.generation ?? 0) + 1;
  }

  /** Changes filter or order. */
  change(values) {
    Object.assign(this, values);
    this.clear();
    this.need(0, PAGE);
    redraw();
  }

  at(position) {
    return this.pages.get(Math.floor(position / PAGE))?.[position % PAGE];
  }

  /** Filter and order as a query. */
  get query() {
    return { sort_by: this.sort, sort_order: this.order, ...FILTERS[this.filter], ...this.from };
  }

  fetch(page, mark) {
    return listPhotos(this.eventId, {
      page: page + 1, limit: PAGE, ...this.query, ...(mark === null ? {} : { as_of: mark }),
    });
  }

  /** Fetches the missing pages of these positions, and waits for pending ones. */
  async need(from, to) {
    const last = this.total === null ? 0 : Math.max(0, Math.ceil(this.total / PAGE) - 1);
    const wanted = [];
    const end = Math.min(last, Math.floor(Math.max(from, to - 1) / PAGE));
    for (let page = Math.floor(from / PAGE); page <= end; page += 1) {
      if (!this.asked.has(page)) this.asked.set(page, this.load(page));
      wanted.push(this.asked.get(page));
    }
    await Promise.all(wanted);
  }

  async load(page) {
    const { generation } = this;
    try {
      const { items, total_items, as_of } = await this.fetch(page, this.mark);
      if (generation !== this.generation) return;
      Object.assign(this, { total: total_items, mark: this.mark ?? as_of, problem: null });
      this.pages.set(page, items);
    } catch (error) {
      if (generation !== this.generation) return;
      this.asked.delete(page);
      this.problem = error;
    }
    redraw();
  }

  /** Reads the visible positions again from the newest revision, and keeps the old ones until then. */
  async refresh(from, to) {
    const next = new Listing(this.eventId);
    Object.assign(next, { filter: this.filter, from: this.from, sort: this.sort, order: this.order });
    this.latest += 1;
    const mine = this.latest;
    const isLate = () => mine < this.shown;
    // The first response tells the total; a page beyond the end is empty.
    const first = Math.floor(from / PAGE);
    next.asked.set(first, next.load(first));
    await next.asked.get(first);
    if (next.problem || isLate()) return;
    await next.need(from, to);
    if (isLate()) return;
    const { pages, asked, total, mark } = next;
    Object.assign(this, { shown: mine, pages, asked, total, mark, problem: null,
      generation: this.generation + 1 });
    redraw();
  }

  /** The position of a photo among the fetched ones; -1 if it is not there. */
  find(id) {
    for (const [page, items] of this.pages) {
      const at = items.findIndex((photo) => photo.id === id);
      if (at >= 0) return page * PAGE + at;
    }
    return -1;
  }

  /** The same, after fetching the pages around its last position. */
  async locate(id, near) {
    if (this.find(id) < 0) await this.need(Math.max(0, near - PAGE), near + PAGE);
    return this.find(id);
  }

  /** The photos at these positions, fetched if needed. */
  async range(from, to) {
    await this.need(from, to);
    const found = [];
    for (let position = from; position < to; position += 1) {
      const photo = this.at(position);
      if (photo) found.push(photo);
    }
    return found;
  }
}
