// An event as a card: first pictures, name, date, number of photos, state.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { plural, text } from '../../shared/text.js';
import { day } from '../../shared/format.js';
import { chips } from '../core/frame.js';
import { eventLink } from '../core/router.js';
import { previews } from '../core/server.js';

function cover(event) {
  const pictures = previews(event);
  if (!pictures.length) return html`<div class="cover none">${icon('picture')}</div>`;
  return html`<div class="cover n${pictures.length}">${pictures.map((address) =>
    html`<img src=${address} alt="" loading="lazy" decoding="async">`)}</div>`;
}

function counts(progress) {
  if (!progress) return nothing;
  const { received, pending, failed } = progress;
  return html`<p class="faint">${received ? plural('studio.count.photos', received) : text('studio.events.no_photos')}
    ${pending ? html`<span class="busy">${plural('studio.count.pending', pending)}</span>` : nothing}
    ${failed ? html`<span class="bad">${plural('studio.count.failed', failed)}</span>` : nothing}</p>`;
}

export const card = (event, progress) => html`<li><article class="event-card">
  ${cover(event)}
  <div class="inside">
    <h2><a href=${eventLink(event.id)}>${event.name}</a></h2>
    ${event.date ? html`<p>${day(event.date)}</p>` : nothing}
    ${counts(progress)}
    <p class="chips">${chips(event)}</p>
  </div>
</article></li>`;
