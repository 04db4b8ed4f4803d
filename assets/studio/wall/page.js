// The wall page: pinned and skipped photos, pausing the wall.

import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { html } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { text } from '../../shared/text.js';
import { onMove } from '../address/state.js';
import { setDetail } from '../core/frame.js';
import { attempt } from '../core/notices.js';
import { failure } from '../core/notices.js';
import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { changeEvent, changePhotos, listPhotos, readSharing } from '../core/server.js';
import { copy } from '../share/copy.js';

const PAUSE = 4000;
const SHOWN = 60;

export function wallPage(id) {
  /** @type {{photos: Api.OwnImage[] | null, link: string, problem: string}} */
  const state = { photos: null, link: '', problem: '' };
  let polling = null;
  let settled = () => {};

  async function readLink() {
    state.link = (await readSharing(id).catch(() => null))?.wall_link ?? '';
    redraw();
  }

  async function read() {
    try {
      const query = { state: 'indexed', hidden: false, sort_by: 'created_at', sort_order: 'desc', limit: SHOWN };
      state.photos = (await listPhotos(id, query)).items;
      state.problem = '';
    } catch (error) {
      state.problem = failure(error);
    }
    redraw();
  }

  const place = (photo, action) => attempt(async () => {
    await changePhotos(id, [photo.id], action);
    photo.wall = { pin: 'pinned', skip: 'skipped' }[action] ?? null;
    redraw();
  });

  const pause = (paused) => attempt(async () => setDetail(await changeEvent(id, { wall_paused: paused })));

  const toggle = (photo, kind, action, sign, label) => html`<button type="button" class="tool framed"
    aria-pressed=${photo.wall === kind ? 'true' : 'false'} aria-label="${label}: ${photo.file_name}" title=${label}
    @click=${() => place(photo, photo.wall === kind ? 'unpin' : action)}>${icon(sign)}</button>`;

  const tile = (photo) => html`<li class="wall-tile ${photo.wall ?? ''}">
    <img src=${photo.thumbnail_url} alt=${photo.file_name} loading="lazy" decoding="async">
    <div class="acts">${toggle(photo, 'pinned', 'pin', 'pin', text('studio.photo.pin'))}
      ${toggle(photo, 'skipped', 'skip', 'skip', text('studio.photo.skip'))}</div></li>`;

  const photos = (shown) => (shown.length
    ? html`<ul class="wall-tiles">${repeat(shown, (photo) => photo.id, tile)}</ul>`
    : html`<p class="none">${text('studio.wall.none')}</p>`);

  return {
    title: () => text('studio.tab.wall'),
    start() {
      polling = poll(read, () => PAUSE);
      settled = onMove(readLink);
      return readLink();
    },
    stop() {
      polling.stop();
      settled();
    },
    render: (detail) => html`<section class="card wall-head">
        <div><h2>${text('studio.wall.title')}</h2><p class="faint">${text('studio.wall.hint')}</p></div>
        <div class="acts">
          <a class="button" href="/wall/${id}" target="_blank">${icon('wall')}${text('studio.wall.open')}</a>
          <button type="button" class="button quiet" ?disabled=${!state.link} @click=${() => copy(state.link)}>
            ${icon('copy')}${text('studio.wall.copy')}</button>
          <button type="button" class="button quiet" aria-pressed=${detail.wall_paused ? 'true' : 'false'}
            @click=${() => pause(!detail.wall_paused)}>${icon(detail.wall_paused ? 'play' : 'pause')}
            ${detail.wall_paused ? text('studio.wall.go_on') : text('studio.wall.pause')}</button>
        </div></section>
      ${detail.wall_paused ? html`<p class="notice" role="status">${text('studio.wall.paused')}</p>` : ''}
      ${state.problem ? html`<p class="problem" role="alert">${state.problem}</p>` : ''}
      <h2 class="section">${text('studio.wall.newest')}</h2>
      <p class="faint">${text('studio.wall.newest_hint')}</p>
      ${state.photos ? photos(state.photos) : html`<p class="waiting" role="status">${text('studio.loading')}</p>`}`,
  };
}
