// The frame of all pages of an event: name, state and tabs.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { dayAt, text } from '../../shared/text.js';
import { day } from '../../shared/format.js';
import { notifyFailure } from './notices.js';
import { drawn, redraw } from '../../shared/redraw.js';
import { eventLink, route } from './router.js';
import { readEvent } from './server.js';
import { endSession } from './session.js';

/** The open event; `detail` is null until it is loaded. */
/** @type {{id: number | null, detail: Api.EventDetail | null, missing: boolean}} */
export const current = { id: null, detail: null, missing: false };

/** Takes over the server's answer about the open event. */
export function setDetail(detail) {
  if (detail.id === current.id) current.detail = detail;
  redraw();
}

/** Scrolls to the current tab: narrow screens show only some. */
const showTab = () =>
  document.querySelector('.tabs [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });

async function load(id) {
  if (current.id !== id) Object.assign(current, { id, detail: null, missing: false });
  try {
    setDetail(await readEvent(id));
    await drawn();
    showTab();
  } catch (error) {
    if (error.status === 401) return endSession();
    if (error.status === 404) current.missing = true;
    else notifyFailure(error);
    redraw();
  }
}

const TABS = () => [
  ['photos', 'picture', text('studio.tab.photos')],
  ['sources', 'camera', text('studio.tab.sources')],
  ['people', 'face', text('studio.tab.people')],
  ['clocks', 'clock', text('studio.tab.clocks')],
  ['live', 'live', text('studio.tab.live')],
  ['share', 'share', text('studio.tab.share')],
  ['wall', 'wall', text('studio.tab.wall')],
  ['settings', 'settings', text('studio.tab.settings')],
];

/** @param {string[]} one */
function tab([page, sign, label]) {
  const here = route().page === page;
  return html`<a href=${eventLink(current.id, page)} aria-current=${here ? 'page' : nothing}>${icon(sign)}${label}</a>`;
}

/** Chips beside the name: open, closed, protected. */
export const chips = (detail) => html`
  ${detail.closed_at ? html`<span class="chip closed">${text('studio.event.closed')}</span>`
    : html`<span class="chip open">${text('studio.event.open')}</span>`}
  ${detail.password_protected ? html`<span class="chip">
    ${icon('lock')}${text('studio.event.protected')}</span>` : nothing}
  ${detail.delete_at ? html`<span class="chip">
    ${text('studio.event.deleted_on', { date: dayAt(detail.delete_at, detail.time_zone) })}</span>`
    : nothing}
  ${detail.faces_deleted_at ? html`<span class="chip">${text('studio.event.faces_ended')}</span>` : nothing}`;

const head = (detail) => html`<div class="event-head wide">
  <a class="up" href="#/">${icon('back')}${text('studio.events.title')}</a>
  <div class="event-name"><h1 tabindex="-1">${detail.name}</h1>
    <p class="chips">${detail.date ? html`<span>${day(detail.date)}</span>` : nothing}${chips(detail)}</p></div>
  <nav class="tabs" aria-label=${text('studio.tab.label')}>${TABS().map(tab)}</nav>
</div>`;

const missing = () => html`<section class="column message">
  <h1 tabindex="-1">${text('studio.event.missing')}</h1>
  <p><a href="#/">${text('studio.events.title')}</a></p></section>`;

/** Wraps a page of an event into its frame; `inner(id)` creates the page. */
export const inEvent = (inner) => (id) => {
  const page = inner(id);
  return {
    title: () => (current.detail ? `${page.title()} · ${current.detail.name}` : page.title()),
    start() {
      load(id);
      page.start?.();
    },
    stop: () => page.stop?.(),
    render() {
      if (current.missing) return missing();
      const { detail } = current;
      if (!detail) return html`<p class="column waiting" role="status">${text('studio.loading')}</p>`;
      return html`${head(detail)}<div class="wide event-page">${page.render(detail)}</div>`;
    },
  };
};
