// The photos page of an event: upload, progress, and what guests see.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { plural, text } from '../../shared/text.js';
import { failure, notify } from '../core/notices.js';
import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { listPhotos, listTakenBy, readProgress } from '../core/server.js';
import { endSession } from '../core/session.js';
import { add, isUploading, queue } from '../../shared/uploads/queue.js';
import { findUnfinished, unfinished } from '../uploads/unfinished.js';
import { change } from './actions.js';
import { bar } from './bar.js';
import { openDetail } from './detail.js';
import { dropZone } from '../../shared/uploads/drop.js';
import { photoGrid } from './grid.js';
import { Listing } from './listing.js';
import { Selection } from './selection.js';
import { stages } from './stages.js';
import { listSources } from '../sources/requests.js';

const BUSY_PAUSE = 2000;
const IDLE_PAUSE = 6000;
/** Signed URLs expire after half an hour and are then renewed, no more often than this. */
const RENEWED_EVERY = 30_000;

export function photosPage(id) {
  const listing = new Listing(id);
  const selection = new Selection(listing);
  const grid = photoGrid(listing, selection, open, stale);
  let renewed = -RENEWED_EVERY;
  const zone = dropZone(async (files) => {
    await add(id, files);
    // From now on progress is polled often.
    polling?.now();
  }, (sentence) => notify(sentence, { alarm: true }));
  let progress = null;
  /** @type {Api.SourceView[]} */
  let sources = [];
  /** @type {Api.TakenCount[]} */
  let taken = [];
  /** So many photos wait for approval, also those whose source was removed. */
  let held = 0;
  let seen = '';
  let polling = null;

  function open(position) {
    if (listing.at(position)) openDetail({ listing, position, changed, sources: () => sources });
  }

  function refresh() {
    const { first, last } = grid.range();
    return selection.following(() => listing.refresh(first, last));
  }

  function stale() {
    if (performance.now() - renewed < RENEWED_EVERY) return;
    renewed = performance.now();
    refresh();
  }

  function changed(action, ids) {
    if (action === 'delete') for (const one of ids) selection.ids.delete(one);
    polling?.now();
    return refresh();
  }

  async function act(action) {
    if (await change(id, [...selection.ids.values()], action, changed)) selection.clear();
    grid.focus();
  }

  async function ask() {
    try {
      [progress, { items: sources }, { items: taken }, { total_items: held }] = await Promise.all([
        readProgress(id), listSources(id), listTakenBy(id), listPhotos(id, { held: true, limit: 1 })]);
    } catch (error) {
      if (error.status === 401) endSession();
      return;
    }
    listing.guests = sources.find(({ kind }) => kind === 'guests')?.id ?? null;
    const { received, indexed, visible, hidden, pending, failed } = progress;
    const now = [received, indexed, visible, hidden, pending, failed, held].join();
    // The listing does not move while photos are selected.
    if (now !== seen && !selection.ids.size) {
      await refresh();
      seen = now;
    }
    redraw();
  }

  const isAll = () => listing.filter === 'all' && !Object.keys(listing.from).length;

  const approval = () => (held && listing.filter !== 'held' ? html`<p class="notice" role="status">
    <strong>${plural('studio.approve.waiting', held)}</strong>
    <button type="button" class="button compact" @click=${() => listing.change({ filter: 'held', from: {} })}>
      ${text('studio.approve.look')}</button></p>` : nothing);

  function content() {
    if (listing.problem && listing.total === null) return html`<p class="problem">${failure(listing.problem)}</p>`;
    if (listing.total === null) return html`<p class="waiting" role="status">${text('studio.loading')}</p>`;
    if (listing.total) return grid.render();
    return isAll() ? nothing : html`<p class="none">${text('studio.filter.none')}</p>`;
  }

  return {
    title: () => text('studio.tab.photos'),
    start() {
      listing.need(0, 1);
      grid.start();
      zone.start();
      polling = poll(ask, () => (progress?.pending || isUploading() ? BUSY_PAUSE : IDLE_PAUSE));
      findUnfinished(id, (address) => queue.items.some((item) => item.address === address));
    },
    stop() {
      grid.stop();
      zone.stop();
      polling.stop();
    },
    render(detail) {
      const empty = listing.total === 0 && isAll();
      return html`${detail.closed_at ? html`<p class="notice">${text('studio.photos.closed')}</p>` : zone.render(empty)}
        ${unfinished(id)}
        ${progress?.received ? stages(progress, () => listing.change({ filter: 'failed' })) : nothing}
        ${approval()}${empty ? nothing : bar(listing, selection, act, { sources, taken, held })}
        ${content()}`;
    },
  };
}
