// The frame of every view: the event's header, the tabs and the footer.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { date, number, plural, text } from '../shared/text.js';
import { event, photographerLink, state } from './state.js';

const about = document.getElementById('about');
const tabs = document.getElementById('tabs');
const foot = document.getElementById('foot');
foot.replaceChildren();

function photographer() {
  if (!event.photographer) return nothing;
  const by = text('page.by', { name: event.photographer });
  return photographerLink
    ? html`<a class="by" href=${photographerLink} rel="noopener noreferrer">${by}</a>`
      : html`<span class="by">${by}</span>`;
}

const waiting = () => state.waiting.sure.length + state.waiting.maybe.length;

export function drawHead() {
  document.title = `${waiting() ? `(${number(waiting())}) ` : ''}${event.name} · FotoTa`;
  const count = state.photos ? plural('page.photos', state.photos) : text('page.waiting');
  render(html`
    ${event.date ? html`<p class="date">${date(event.date)}</p>` : nothing}
    ${event.description ? html`<p class="description">${event.description}</p>` : nothing}
    <p class="facts">${photographer()}${state.closed ? nothing : html`<span>${count}</span>`}</p>`, about);
}

export function drawTabs(view) {
  tabs.hidden = !state.entered || ['closed', 'busy'].includes(view);
  const tab = (place, words, views, badge) => html`
    <a href="#${place}" aria-current=${views.includes(view) ? 'page' : nothing}>${words}
      ${badge ? html`<span class="badge">${badge}</span>` : nothing}</a>`;
  render(html`
    ${tab('me', text('tabs.me'), ['me', 'selfie', 'question', 'welcome', 'ended', 'wait'], waiting())}
    ${event.visibility === 'matches' ? nothing : tab('all', text('tabs.all'), ['all'])}
    ${tab('saved', text('tabs.saved'), ['saved'])}
    ${state.uploads
      ? tab('send', text('tabs.send'), ['send'], state.sending && number(state.sending)) : nothing}`, tabs);
  render(html`<p>${text('page.privacy')}</p>
    <p>${state.entered || view === 'welcome'
      ? html`<a class="link" href="#privacy">${text('page.your_data')}</a>` : nothing}
      <a class="link" href="/">${text('page.home')}</a></p>`, foot);
}
