// The studio: picks the page for the address and draws it.

import { html, render } from '../vendor/lit-html/lit-html.js';
import { text } from '../shared/text.js';
import { movedBanner } from './address/banner.js';
import { auditPage } from './audit/page.js';
import { clocksPage } from './clocks/page.js';
import { closeDialogs, dialogs, showDialogs } from './core/dialogs.js';
import { percent } from '../shared/format.js';
import { inEvent } from './core/frame.js';
import { drawn, onRedraw } from '../shared/redraw.js';
import { route } from './core/router.js';
import { onSignIn, restore, session } from './core/session.js';
import { top } from './core/top.js';
import { erasuresPage } from './erasures/page.js';
import { createPage } from './events/create.js';
import { eventsPage } from './events/list.js';
import { settingsPage } from './events/settings.js';
import { livePage } from './live/page.js';
import { peoplePage } from './people/page.js';
import { photosPage } from './photos/page.js';
import { sharePage } from './share/page.js';
import { signIn } from './sign-in.js';
import { sourcesPage } from './sources/page.js';
import { isUploading, queue } from '../shared/uploads/queue.js';
import { tray } from '../shared/uploads/tray.js';
import './uploads/own.js';
import { rememberUnsent } from './uploads/unsent.js';
import { wallPage } from './wall/page.js';

/** @type {Record<string, (id: any) => StudioPage>} */
const pages = {
  events: eventsPage,
  create: createPage,
  erasures: erasuresPage,
  audit: auditPage,
  photos: inEvent(photosPage),
  sources: inEvent(sourcesPage),
  people: inEvent(peoplePage),
  clocks: inEvent(clocksPage),
  live: inEvent(livePage),
  share: inEvent(sharePage),
  wall: inEvent(wallPage),
  settings: inEvent(settingsPage),
};
const root = document.getElementById('studio');
let address = '';
/** @type {StudioPage | null} */
let page = null;

/** Shows the page for the address; its heading gets the focus after a change of page. */
async function open() {
  if (session.state !== 'in') return;
  const { page: name, id } = route();
  const wanted = `${name} ${id ?? ''}`;
  if (wanted === address) return;
  const moved = address !== '';
  page?.stop?.();
  closeDialogs();
  address = wanted;
  page = pages[name](id);
  page.start?.();
  if (moved) scrollTo(0, 0);
  await drawn();
  if (moved) root.querySelector('h1')?.focus({ preventScroll: true });
}

function close() {
  closeDialogs();
  page?.stop?.();
  page = null;
  address = '';
}

function content() {
  if (session.state === 'in') return session.uses_studio ? page?.render() : notAdmin();
  if (page) close();
  if (session.state === 'out') return signIn();
  if (session.state === 'away') return away();
  return html`<p class="column waiting" role="status">${text('studio.loading')}</p>`;
}

const notAdmin = () => html`<section class="column message">
  <h1 tabindex="-1">${text('studio.not_admin.title')}</h1><p>${text('studio.not_admin.hint')}</p></section>`;

const away = () => html`<section class="column message">
  <h1 tabindex="-1">${text('studio.away.title')}</h1><p>${text('studio.away.hint')}</p>
  <button type="button" class="button" @click=${restore}>${text('studio.again')}</button></section>`;

function draw() {
  const share = isUploading() ? `${percent(queue.tally.share)} · ` : '';
  const title = session.state === 'in' && page ? page.title() : text('studio.title');
  document.title = `${share}${title} · FotoTa`;
  const moved = session.state === 'in' ? movedBanner() : '';
  const body = html`${top()}${moved}<main id="main">${content()}</main>`;
  render(html`${body}${session.state === 'in' ? tray() : ''}${dialogs()}`, root);
  showDialogs();
}

onRedraw(draw);
onSignIn(open);
addEventListener('hashchange', open);
addEventListener('beforeunload', (event) => {
  if (isUploading()) event.preventDefault();
});
rememberUnsent(() => queue.items);
restore();
draw();
