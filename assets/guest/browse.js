// All photos of the event by time, without a selfie.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dayAndTime, number, plural, reason, text } from '../shared/text.js';
import { send } from '../shared/api.js';
import { icon } from '../shared/icons.js';
import { address, base, change, event, state } from './state.js';
import { PAGE, Scroller } from './scroller.js';
import { openPhoto } from './open-photo.js';
import { MOST, chooseBar, chooseButton, press } from './choose.js';
import { connectionState } from './connection.js';
import { onRefresh } from './live.js';
import { readTaken, takenBy, takenQuery } from './taken-by.js';
import { contactLink, waitingForPhotos } from './welcome.js';

const matchesOnly = () => event.visibility === 'matches';
const label = Object.assign(document.createElement('p'), { className: 'moment' });
let order = 'desc';
/** @type {number | null} */
let asOf = null;
/** @type {number | null} */
let total = null;
/** @type {{start: string, offset: number, count: number}[]} */
let hours = [];
/** @type {string | null} */
let problem = null;
let { entry } = state;

const query = () => `order=${order}${asOf === null ? '' : `&as_of=${asOf}`}${takenQuery()}`;
const page = (offset) => send('GET', `${base}/photos?offset=${offset}&limit=${PAGE}&${query()}`);

const scroller = new Scroller({
  address,
  label: text('tabs.all'),
  fetch: async (offset) => (await page(offset)).items,
  open: (index, photos) => press(photos[index])
    || openPhoto(() => scroller.photos, index, scroller, (at) => scroller.need(at)),
  moved: showMoment,
});

/** Shows the time of the topmost photo. */
function showMoment(index) {
  const hour = hours.findLast(({ offset }) => offset <= index);
  const moment = scroller.photos[index]?.taken_at ?? hour?.start;
  const words = moment && scroller.photos.length ? dayAndTime(moment) : '';
  if (label.textContent !== words) label.textContent = words;
}

/** Reads the listing again. */
let loading = false;
async function reload() {
  if (loading) return;
  loading = true;
  try {
    asOf = null;
    const first = await page(0);
    ({ total, as_of: asOf } = first);
    scroller.reset(total);
    scroller.pages.set(0, Promise.resolve());
    first.items.forEach((photo, index) => { scroller.photos[index] = photo; });
    problem = null;
    change({ arrived: 0 });
    ({ hours } = await send('GET', `${base}/photos/times?${query()}`));
    await readTaken();
  } catch (error) {
    problem = reason(error);
  }
  loading = false;
  change({});
  scroller.draw();
}

function reverse() {
  if (loading) return;
  order = order === 'desc' ? 'asc' : 'desc';
  scrollTo(0, 0);
  reload();
}

function news() {
  if (loading) return;
  scrollTo(0, 0);
  order = 'desc';
  reload();
}

onRefresh((missed) => (problem || (total !== null && !missed)) && !matchesOnly() && reload());

/** As many photos as can be selected, fetched where needed. */
async function all() {
  const photos = scroller.photos;
  for (let at = 0; at < Math.min(photos.length, MOST); at += PAGE) await scroller.need(at);
  return photos.slice(0, MOST).filter(Boolean);
}

const option = ({ start, offset, count }) => html`
  <option value=${offset}>${dayAndTime(start)} (${number(count)})</option>`;

const controls = () => html`
  <div class="controls">
    ${takenBy(reload)}
    ${hours.length > 1 ? html`
      <label><span class="said">${text('browse.jump')}</span>
        <select class="plain" @change=${({ target }) => scroller.jump(Number(target.value))}>
          ${hours.map(option)}</select>
      </label>` : nothing}
    <button class="button quiet compact" type="button" @click=${reverse}>
      ${text(order === 'desc' ? 'browse.newest' : 'browse.oldest')}</button>
    ${chooseButton()}
  </div>`;

const pill = () => html`<div class="pill-place" role="status">${state.arrived && total ? html`
  <button class="button compact pill" type="button" @click=${news}>
    ${icon('up')}${plural('browse.new', state.arrived)}</button>` : nothing}</div>`;

function body() {
  if (problem) return html`<div class="empty"><p class="problem" role="alert">${problem}</p>
    <button class="button" type="button" @click=${reload}>${text('page.retry')}</button></div>`;
  if (total === 0 && !takenQuery()) return waitingForPhotos();
  return html`${total === null ? nothing : html`${label}${controls()}`}${scroller.element}`;
}

export function browse() {
  if (matchesOnly()) return html`<section class="column empty"><h2 tabindex="-1">${text('tabs.all')}</h2>
    <p class="faint">${text(event.tap_search ? 'consent.only_tap' : 'consent.only')}</p>
    ${state.ended ? nothing : html`<a class="button" href="#me">
      ${icon('camera')}${text('selfie.take')}</a>`}${contactLink()}</section>`;
  if (entry !== state.entry) [entry, total, problem] = [state.entry, null, null];
  if ((total === null && !problem) || (total === 0 && state.arrived)) queueMicrotask(reload);
  scroller.chosen = state.chosen;
  requestAnimationFrame(() => scroller.draw());
  return html`
    ${pill()}
    <section class="wide gallery">
      <div class="titles"><div><h2 tabindex="-1">${text('tabs.all')}</h2>${connectionState()}</div></div>
      ${body()}
    </section>
    ${chooseBar(scroller.photos.length, all)}`;
}
