// The events that this phone entered, and for who is signed in those of the account.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { date, text } from '../shared/text.js';
import { forgetVisits, visits } from '../shared/visits.js';

const place = document.getElementById('events');

const item = ({ name, base, at }) => html`
  <li><a class="event" href=${base}><span class="display">${name}</span><span class="small faint">${date(at)}</span></a></li>`;

function clear() {
  forgetVisits();
  draw();
}

function draw() {
  const events = visits();
  render(events.length ? html`
    <section class="stack">
      <h2>${text('home.events')}</h2>
      <ul class="events">${events.map(item)}</ul>
      <p><button class="link faint" type="button" @click=${clear}>${text('home.clear')}</button></p>
    </section>` : nothing, place);
}

draw();
// Back from an event: the list has changed.
addEventListener('pageshow', ({ persisted }) => persisted && draw());
