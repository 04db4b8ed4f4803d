// The events that this phone entered, and those of a signed-in user's account.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { boot, date, text } from '../shared/text.js';
import { send } from '../shared/api.js';
import { forgetVisits, visits } from '../shared/visits.js';

const place = document.getElementById('events');
let recent = [];

const item = ({ name, base, at }) => html`
  <li><a class="event" href=${base}><span class="display">${name}</span>
    <span class="small faint">${at ? date(at) : nothing}</span></a></li>`;

function clear() {
  forgetVisits();
  draw();
}

function draw() {
  const events = visits();
  const others = recent.filter(({ base }) => !events.some((event) => event.base === base));
  render(html`${events.length ? html`
    <section class="stack">
      <h2>${text('home.events')}</h2>
      <ul class="events">${events.map(item)}</ul>
      <p><button class="link faint" type="button" @click=${clear}>${text('home.clear')}</button></p>
    </section>` : nothing}
    ${others.length ? html`
    <section class="stack">
      <h2>${text('home.events.account')}</h2>
      <ul class="events">${others.map(item)}</ul>
    </section>` : nothing}`, place);
}

draw();
if (boot.signed_in) {
  send('GET', '/activity/me/recent').then((events) => {
    recent = events.map(({ name, share_code: code, date: at }) => ({ name, base: `/e/${code}`, at }));
    draw();
  }, () => {});
}
// The list may have changed when the browser goes back to this page.
addEventListener('pageshow', ({ persisted }) => persisted && draw());
