// The page of an event's short link on a phone: tries the mobile app, then goes on to the gallery in the browser.

import { html, render } from '../vendor/lit-html/lit-html.js';
import { boot, text } from '../shared/text.js';

/** Where the app is installed, this page is hidden by then. */
const WAIT_MS = 1500;

render(html`
  <p><a class="button full" href=${boot.app}>${text('app.open')}</a></p>
  <p><a class="button quiet full" href=${boot.gallery}>${text('app.browser')}</a></p>`,
/** @type {HTMLElement} */ (document.getElementById('ways')));

const waiting = setTimeout(() => location.replace(boot.gallery), WAIT_MS);
// Who comes back from the app or from the gallery chooses.
document.addEventListener('visibilitychange', () => document.hidden && clearTimeout(waiting));
addEventListener('pagehide', () => clearTimeout(waiting));
location.href = boot.app;
