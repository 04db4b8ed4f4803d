// The card "The venue": whether guests' phones reach this computer all evening, and what helps if not.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { text } from '../../shared/text.js';
import { attempt } from '../core/notices.js';
import { checkVenue, readPhones } from '../core/server.js';
import { session } from '../core/session.js';
import { qr } from '../share/qr.js';

const PAUSE = 3000;
/** @type {{found: Api.Venue | null, phones: Api.VenuePhones | null, checking: boolean}} */
const state = { found: null, phones: null, checking: false };
let polling = null;

async function listen() {
  state.phones = await readPhones();
  redraw();
}

/** While the card is not shown, nobody waits for phones. */
export function leaveVenue() {
  polling?.stop();
  polling = null;
}

async function check() {
  if (state.checking) return;
  state.checking = true;
  redraw();
  state.found = await attempt(checkVenue) ?? state.found;
  state.checking = false;
  polling ??= poll(listen, () => PAUSE);
  redraw();
}

/** @param {string} how */
function word(how) {
  switch (how) {
    case 'ok': return text('studio.venue.state.ok');
    case 'warn': return text('studio.venue.state.warn');
    case 'fail': return text('studio.venue.state.fail');
    default: return text('studio.venue.state.unknown');
  }
}

const sign = (how) => (how === 'ok' ? icon('check') : icon('warning'));

/** @param {Api.VenueFinding} finding */
const line = ({ what, state: how, says, values }) => html`<li class="finding ${how}">${sign(how)}
  <span><strong>${text(what)}</strong> <span class="said">${word(how)}</span>
    <span class="hint">${text(says, values)}</span></span></li>`;

const phones = ({ link, phones: reports }) => html`<p class="hint">${text('studio.venue.phone')}</p>
  ${qr(link, text('studio.venue.phone_code'))}
  <div role="status">${reports.map((report) => html`<ul class="findings">${report.map(line)}</ul>`)}</div>`;

const label = () => {
  if (state.checking) return text('studio.venue.checking');
  return text(state.found ? 'studio.venue.again' : 'studio.venue.check');
};

/** For admins: it is about the computer, not about an event. */
export function venueCard() {
  if (!session.user?.is_admin) return nothing;
  return html`<section class="card stack venue"><h2>${text('studio.venue.title')}</h2>
    <p class="hint">${text('studio.venue.hint')}</p>
    ${state.found ? html`<div role="status"><ul class="findings">
      ${state.found.findings.map(line)}</ul></div>` : nothing}
    ${state.phones ? phones(state.phones) : nothing}
    <p><button type="button" class="button quiet compact" aria-busy=${state.checking} @click=${check}>
      ${label()}</button></p></section>`;
}
