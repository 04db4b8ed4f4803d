// The user's favourites by event, and the events they visited.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { send } from '../shared/api.js';
import { Grid } from '../shared/grid.js';
import { icon } from '../shared/icons.js';
import { Lightbox } from '../shared/lightbox.js';
import { localPath } from '../shared/local-path.js';
import { date, text } from '../shared/text.js';
import { toast, toastProblem } from '../shared/toast.js';
import { attempt, change } from './state.js';

/** @type {{id: number, name: string, day: string | null, photos: any[]}[] | null} */
let groups = null;
/** @type {Api.EventSummary[] | null} */
let events = null;
const grids = new Map();

const ADDRESSES = { thumbnail: 'thumbnail_url', medium: 'medium_url', preview: 'url', download: 'original_url' };
export const address = (photo, kind) => localPath(photo[ADDRESSES[kind]] ?? photo.url);

async function remove(photo, box) {
  try {
    await send('DELETE', `/fotota?ids=${photo.bookmark}`);
    for (const group of groups ?? []) group.photos = group.photos.filter((other) => other !== photo);
    change({});
    box.changed();
    toast(text('account.removed'));
  } catch (error) {
    toastProblem(error);
  }
}

const box = new Lightbox({
  address,
  about: (photo) => photo.event,
  tools: (photo, shown) => html`
    <a class="tool" href=${address(photo, 'download')} download=${photo.file_name}>
      ${icon('download')}<span>${text('photo.download')}</span></a>
    <button class="tool" type="button" @click=${() => remove(photo, shown)}>
      ${icon('heart', true)}<span>${text('account.remove')}</span></button>`,
});

function grid(group) {
  if (!grids.has(group.id)) {
    const newGrid = new Grid({
      address, label: group.name,
        open: (index) => box.open(() => group.photos, index, { closed: (photo) => newGrid.focus(photo) }),
    });
    grids.set(group.id, newGrid);
  }
  return grids.get(group.id).show(group.photos);
}

export function load() {
  attempt(async () => {
    const [kept, recent] = await Promise.all([send('GET', '/fotota'), send('GET', '/activity/me/recent')]);
    groups = kept.map((/** @type {Api.EventBookmarks} */ { event_id: id, event_name: name, ...event }) => ({
      id, name, day: event.event_date,
      photos: event.bookmarked_photos.map((one) => ({ ...one.image, bookmark: one.id, event: name })),
    }));
    events = recent;
  });
}

const collection = () => html`
  <section>
    <h2>${text('account.collection')}</h2>
    ${groups?.some(({ photos }) => photos.length)
      ? groups.filter(({ photos }) => photos.length).map((group) => html`
        <div class="group"><h3>${group.name}${group.day ? html` <span class="small faint">
          ${date(group.day)}</span>` : nothing}</h3>
          ${grid(group)}</div>`)
      : html`<p class="faint">${groups ? text('account.collection.none') : text('page.loading')}</p>`}
  </section>`;

const visited = () => html`
  <section>
    <h2>${text('account.events')}</h2>
    ${events?.length ? html`<ul class="events">${events.map((event) => html`
      <li><a class="event" href="/e/${event.share_code}"><span class="display">${event.name}</span>
        ${event.date ? html`<span class="small faint">${date(event.date)}</span>` : nothing}</a></li>`)}</ul>`
      : html`<p class="faint">${events ? text('account.events.none') : text('page.loading')}</p>`}
  </section>`;

export const sections = [collection, visited];
