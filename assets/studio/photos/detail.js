// One photo, large, with a box around each face that opens all photos of that person.

import { html } from '../../vendor/lit-html/lit-html.js';
import { text } from '../../shared/text.js';
import { openDialog } from '../core/dialogs.js';
import { attempt } from '../core/notices.js';
import { redraw } from '../../shared/redraw.js';
import { listFaces } from '../core/server.js';
import { besidePhoto, PhotosOfPerson } from '../people/photos.js';
import { listPhotosOf } from '../people/requests.js';
import { change } from './actions.js';
import { facts } from './facts.js';
import { picture } from './picture.js';
import { openVersions } from './versions.js';

/** The effect of an action on a photo that the listing no longer has. */
const AFTER = {
  hide: { hidden: true, held: false }, show: { hidden: false, held: false }, retry: { state: 'pending', failure: null },
  pin: { wall: 'pinned' }, skip: { wall: 'skipped' }, unpin: { wall: null },
};

/** The faces of another version are found again meanwhile. */
const FOUND_AGAIN = 3000;

/**
 * Opens the photo at a position of a listing; `changed(action, ids)` is called after an action. The dialog keeps its
 * photo: arriving ones move it to another position, and an action may remove it from the listing.
 */
export function openDetail({ listing, position, changed, sources }) {
  /** @type {any} */
  const state = { photo: listing.at(position), position, generation: listing.generation, isListed: true,
    faces: [], of: '', person: null };

  function show(at) {
    Object.assign(state, { position: at, photo: listing.at(at), generation: listing.generation, isListed: true });
  }

  let located = Promise.resolve();
  /** Finds the photo again after the listing was refreshed. */
  function locate() {
    if (state.generation !== listing.generation) {
      state.generation = listing.generation;
      located = find();
    }
    return located;
  }

  async function find() {
    const { id } = state.photo;
    const at = await listing.locate(id, state.position);
    if (state.photo.id !== id) return;
    if (at >= 0) show(at);
    else state.isListed = false;
    redraw();
  }

  async function read() {
    const { id, state: stage, url } = state.photo;
    const of = `${id} ${stage} ${url}`;
    if (state.of === of) return;
    Object.assign(state, { of, faces: [], person: null });
    if (stage !== 'indexed') return;
    const faces = await listFaces(listing.eventId, id).catch(() => []);
    if (state.of !== of) return;
    state.faces = faces;
    redraw();
  }

  /** The position `by` photos on; the next photo has taken the place of one that is gone. */
  const beside = (by) => state.position + (!state.isListed && by > 0 ? by - 1 : by);
  const isThere = (at) => at >= 0 && at < (listing.total ?? 0);

  async function move(by) {
    await locate();
    const next = beside(by);
    if (!isThere(next)) return;
    await listing.need(next, next + 1);
    if (state.generation === listing.generation && listing.at(next)) show(next);
    redraw();
  }

  async function after(action, ids) {
    await changed(action, ids);
    if (!ids.includes(state.photo.id)) return;
    await locate();
    // After an answer the next photo that waits is shown.
    const isDone = action === 'delete' || (listing.filter === 'held' && !state.isListed);
    if (!isDone && !state.isListed) Object.assign(state.photo, AFTER[action]);
    if (isDone && !listing.total) dialog.close();
    if (isDone && listing.total) {
      const at = Math.min(state.position, listing.total - 1);
      await listing.need(at, at + 1);
      if (listing.at(at)) show(at);
    }
    redraw();
  }

  const act = (action) => change(listing.eventId, [state.photo], action, after);

  const showVersions = () => openVersions(listing.eventId, state.photo, async () => {
    await after('version', [state.photo.id]);
    setTimeout(() => { state.of = ''; redraw(); }, FOUND_AGAIN);
  });

  function only(from) {
    dialog.close();
    listing.change({ filter: 'all', from });
  }

  const showPerson = (face) => attempt(async () => {
    const photos = await listPhotosOf(listing.eventId, { face: face.id });
    state.person = new PhotosOfPerson(listing.eventId, photos, changed);
    redraw();
    document.getElementById('person-title')?.focus();
  });

  function back() {
    state.person = null;
    redraw();
  }

  function pressed(event) {
    if (state.person || event.target.matches('input, select, textarea')) return;
    if (event.key === 'ArrowLeft') move(-1);
    if (event.key === 'ArrowRight') move(1);
  }

  function content() {
    locate();
    read();
    const shown = state.photo;
    return html`<div class="detail">${picture(shown, {
      faces: state.faces, showPerson, move, before: isThere(beside(-1)), after: isThere(beside(1)) })}
      <div class="side">${state.person
        ? besidePhoto(state.person, back)
        : facts(shown, state.faces.length, act, { sources: sources(), only, showVersions })}</div></div>`;
  }

  const dialog = openDialog({
    label: text('studio.detail.title'),
    kind: 'large',
    pressed,
    render: content,
  });
}
