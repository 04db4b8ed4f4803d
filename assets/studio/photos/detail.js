// One photo, large, with a box around each face; a face leads to all photos of its person.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { openDialog } from '../core/dialogs.js';
import { icon } from '../core/icons.js';
import { attempt } from '../core/notices.js';
import { redraw } from '../core/redraw.js';
import { listFaces } from '../core/server.js';
import { vars } from '../core/vars.js';
import { number, plural, text } from '../core/words.js';
import { change } from './actions.js';
import { facts } from './facts.js';
import { readPerson, person } from './person.js';

/** Opens the photo at a position of a listing; `changed(action, ids)` is told what was done. */
export function openDetail({ listing, position, changed }) {
  const state = { position, faces: [], of: null, person: null };
  const photo = () => listing.at(state.position);

  async function read() {
    const now = photo();
    if (!now || state.of === now.id) return;
    Object.assign(state, { of: now.id, faces: [], person: null });
    if (now.state !== 'indexed') return;
    const faces = await listFaces(listing.eventId, now.id).catch(() => []);
    if (state.of !== now.id) return;
    state.faces = faces;
    redraw();
  }

  async function move(by) {
    const next = state.position + by;
    if (next < 0 || next >= listing.total) return;
    state.position = next;
    await listing.need(next, next + 1);
    await read();
    redraw();
  }

  async function act(action) {
    const done = await change(listing.eventId, [photo()], action, changed);
    if (!done || action !== 'delete') return;
    state.position = Math.max(0, Math.min(state.position, (listing.total ?? 1) - 2));
    if (listing.total <= 1) dialog.close();
  }

  const showPerson = (face) => attempt(async () => {
    state.person = await readPerson(listing.eventId, face);
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

  const box = (face, at) => html`<button type="button" class="face" @click=${() => showPerson(face)}
    ${vars({ '--x': `${face.x * 100}%`, '--y': `${face.y * 100}%`, '--w': `${face.w * 100}%`, '--h': `${face.h * 100}%` })}
    aria-label=${text('studio.detail.face', { number: number(at + 1), photos: plural('studio.count.photos', face.photos) })}>
    <span>${number(face.photos)}</span></button>`;

  const picture = (shown) => html`<div class="stage">
    ${shown.state === 'indexed'
      ? html`<div class="fit" ${vars({ '--ratio': shown.width && shown.height ? shown.width / shown.height : 1.5 })}>
          <img src=${shown.url} alt=${shown.file_name}>${state.faces.map(box)}</div>`
      : html`<p class="no-picture">${icon(shown.state === 'failed' ? 'warning' : 'image')}
          ${shown.state === 'failed' ? text('studio.photo.failed') : text('studio.photo.pending')}</p>`}
    <button type="button" class="tool step before" aria-label=${text('studio.detail.before')} ?disabled=${state.position === 0}
      @click=${() => move(-1)}>${icon('back')}</button>
    <button type="button" class="tool step after" aria-label=${text('studio.detail.after')}
      ?disabled=${state.position >= listing.total - 1} @click=${() => move(1)}>${icon('forward')}</button></div>`;

  function content() {
    const shown = photo();
    read();
    if (!shown) return nothing;
    return html`<div class="detail">${picture(shown)}
      <div class="side">${state.person
        ? person({ eventId: listing.eventId, ...state.person, back, changed })
        : facts(shown, state.faces.length, act)}</div></div>`;
  }

  const dialog = openDialog({
    label: text('studio.detail.title'),
    kind: 'large',
    pressed,
    render: content,
  });
}
