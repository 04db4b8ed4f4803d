// One photo in the grid: its picture, or why there is none yet, and its marks.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { number, plural, text } from '../../shared/text.js';

function picture(photo) {
  if (photo.state === 'pending') {
    return html`<span class="no-picture">${icon('picture')}${text('studio.photo.pending')}</span>`;
  }
  if (photo.state === 'failed') {
    return html`<span class="no-picture bad">${icon('warning')}${text('studio.photo.failed')}</span>`;
  }
  return html`<img src=${photo.thumbnail_url} alt="" loading="lazy" decoding="async" draggable="false">`;
}

/** Which guest sent the photo, in words; empty where none did. */
export function guestOf(photo, { guests }) {
  if (!guests || photo.source_id !== guests) return '';
  return photo.credit ? text('studio.photo.of_guest', { name: photo.credit }) : text('studio.photo.of_some_guest');
}

/** The marks of a photo in words. */
export function marks(photo) {
  return [
    photo.state === 'pending' && text('studio.photo.pending'),
    photo.state === 'failed' && text('studio.photo.failed'),
    photo.damaged && text('studio.photo.damaged'),
    photo.held ? text('studio.approve.waits') : photo.hidden && text('studio.photo.hidden'),
    photo.wall === 'pinned' && text('studio.photo.pinned'),
    photo.wall === 'skipped' && text('studio.photo.skipped'),
  ].filter(Boolean);
}

const badge = (sign, words) => html`<span class="badge" title=${words}>
  ${icon(sign)}<span class="said">${words}</span></span>`;

export function tile(photo, position, total, selection) {
  const active = selection.active === position ? 'active' : '';
  if (!photo) {
    return html`<div class="tile empty" role="option" aria-selected="false" aria-label=${text('studio.loading')}
      aria-posinset=${position + 1} aria-setsize=${total} data-position=${position}></div>`;
  }
  const chosen = selection.has(photo);
  const guest = guestOf(photo, selection.listing);
  return html`<div id="photo-${position}"
    class="tile ${chosen ? 'chosen' : ''} ${active} ${photo.hidden && !photo.held ? 'is-hidden' : ''}"
      role="option" aria-selected=${chosen ? 'true' : 'false'} aria-posinset=${position + 1}
        aria-setsize=${total} data-position=${position}>
    <span class="frame">${picture(photo)}
      <span class="pick">${icon('check')}</span>
      <span class="badges">
        ${guest ? badge('people', guest) : nothing}
        ${photo.held ? badge('clock', text('studio.approve.waits'))
          : photo.hidden ? badge('hide', text('studio.photo.hidden')) : nothing}
        ${photo.wall === 'pinned' ? badge('pin', text('studio.photo.pinned')) : nothing}
        ${photo.wall === 'skipped' ? badge('skip', text('studio.photo.skipped')) : nothing}
      </span></span>
    <span class="caption"><span class="name">${photo.file_name}</span>
      ${photo.faces ? html`<span class="faces">${icon('person')}
        <span aria-hidden="true">${number(photo.faces)}</span><span class="said">
          ${plural('studio.count.faces', photo.faces)}</span>
        </span>` : nothing}</span>
  </div>`;
}
