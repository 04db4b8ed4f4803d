// People as round faces with a name and the number of their photos.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { plural, text } from '../../shared/text.js';
import { moment } from '../../shared/format.js';

function seen(person) {
  if (person.photos) return plural('studio.count.photos', person.photos);
  return person.portrait_outdated ? text('studio.people.outdated') : text('studio.people.missing');
}

/** A person as a button. */
export const face = (person, open) => html`<button type="button" class="person" @click=${open}>
  <span class="round">${person.face_url ? html`<img src=${person.face_url} alt="" loading="lazy">`
    : icon('person')}</span>
  ${person.name ? html`<strong>${person.name}</strong>` : nothing}
  <span class=${person.photos ? 'faint' : 'missing'}>${seen(person)}</span>
  ${person.name && person.last_at ? html`<span class="faint">
    ${text('studio.people.last', { time: moment(person.last_at) })}</span>` : nothing}</button>`;

/** People in a grid. */
export const strip = (people, open) => html`<ul class="strip">${people.map((person) => html`
  <li>${face(person, () => open(person))}</li>`)}</ul>`;
