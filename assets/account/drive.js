// Searches of public Google Drive folders, if the server has them configured.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { send } from '../shared/api.js';
import { Grid } from '../shared/grid.js';
import { Lightbox } from '../shared/lightbox.js';
import { boot, number, plural, text } from '../shared/text.js';
import { address } from './collection.js';
import { attempt, change } from './state.js';

const PAUSE = 3_000;
let searches = null;
const shown = new Map();
const box = new Lightbox({ address, about: () => '' });

const runs = ({ status }) => status === 'pending' || status === 'processing';

async function look() {
  searches = await send('GET', '/drive-searches');
  for (const id of shown.keys()) await fill(id);
  change({});
  if (searches.some(runs)) setTimeout(() => look().catch(() => {}), PAUSE);
}

async function fill(id) {
  const { found_images: found } = await send('GET', `/drive-searches/${id}`);
  const photos = found.map((photo) => ({ ...photo, file_name: `${photo.id}.jpg` }));
  const before = shown.get(id);
  const resultGrid = before?.grid ?? new Grid({
    address, label: text('account.drive'),
    open: (index) => box.open(() => shown.get(id).photos, index, { closed: (photo) => resultGrid.focus(photo) }),
  });
  shown.set(id, { photos, grid: resultGrid });
}

async function start(event) {
  event.preventDefault();
  const form = event.target;
  const { drive_url } = Object.fromEntries(new FormData(form));
  const done = await attempt(async () => {
    await send('POST', '/drive-searches', { json: { drive_url } });
    await look();
  });
  if (done) form.reset();
}

const show = (id) => attempt(async () => { shown.has(id) ? shown.delete(id) : await fill(id); });
const remove = (id) => attempt(async () => {
  await send('DELETE', `/drive-searches/${id}`);
  shown.delete(id);
  await look();
});

function status(search) {
  if (search.status === 'failed') return html`<p class="small">${text('account.drive.failed')}: ${search.message}</p>`;
  if (!search.files_total) return html`<p class="small faint">${text('account.drive.waiting')}</p>`;
  const words = text('account.drive.done', { done: number(search.files_done), total: number(search.files_total) });
  return html`<p class="small faint">${words}</p>
    ${runs(search) ? html`<progress max=${search.files_total}
      value=${search.files_done} aria-label=${words}></progress>` : nothing}`;
}

function row(search) {
  const id = search.search_id;
  const found = shown.get(id);
  return html`
    <div class="search">
      <h3>${search.drive_name}</h3>
      ${status(search)}
      <div class="row">
        <button class="button quiet compact" type="button"
          aria-expanded=${found ? 'true' : 'false'} @click=${() => show(id)}>
          ${found ? plural('account.drive.found', found.photos.length) : text('account.drive.show')}</button>
        <button class="link small faint" type="button" @click=${() => remove(id)}>
          ${text('account.drive.delete')}</button>
      </div>
      ${found?.photos.length ? found.grid.show(found.photos) : nothing}
    </div>`;
}

const drive = (user) => html`
  <section>
    <h2>${text('account.drive')}</h2>
    <div class="card stack">
      <p class="small faint">${text('account.drive.hint')}</p>
      ${user.selfie ? html`
        <form @submit=${start}>
          <label class="field">${text('account.drive.link')}
            <input name="drive_url" type="url" autocomplete="off" maxlength="2000" required></label>
          <p class="send"><button class="button compact">${text('account.drive.search')}</button></p>
        </form>` : html`<p class="notice">${text('account.drive.selfie')}</p>`}
      <div role="status">${(searches ?? []).map(row)}</div>
    </div>
  </section>`;

export const load = () => boot.drive && attempt(look);
export const sections = boot.drive ? [drive] : [];
