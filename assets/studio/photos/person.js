// All photos of one person, to hide them when the person asks for it.

import { html } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { plural, text } from '../../shared/text.js';
import { listHidden, listPerson } from '../core/server.js';
import { change } from './actions.js';

/** A face with all photos of its person. */
export async function readPerson(eventId, face) {
  const [photos, hidden] = await Promise.all([listPerson(eventId, face.id), listHidden(eventId)]);
  return { face, photos: photos.map((photo) => ({ ...photo, hidden: hidden.has(photo.id) })) };
}

export function person({ eventId, photos, back, changed }) {
  const run = (action) => change(eventId, photos, action, (done, ids) => {
    for (const photo of photos) if (ids.includes(photo.id)) photo.hidden = done === 'hide';
    return changed(done, ids);
  });
  return html`
    <button type="button" class="link" @click=${back}>${icon('back')}${text('studio.person.back')}</button>
    <h3 id="person-title" tabindex="-1">${plural('studio.person.title', photos.length)}</h3>
    <p class="hint">${text('studio.person.hint')}</p>
    <div class="acts">
      <button type="button" class="button compact" @click=${() => run('hide')}>${icon('hide')}
        ${plural('studio.person.hide', photos.length)}</button>
      <button type="button" class="button quiet compact" @click=${() => run('show')}>${icon('eye')}
        ${text('studio.person.show')}</button>
    </div>
    <ul class="person-photos">${photos.map((photo) => html`<li class=${photo.hidden ? 'is-hidden' : ''}>
      <img src=${photo.thumbnail_url} alt=${photo.file_name} title=${photo.file_name} loading="lazy"></li>`)}</ul>`;
}
