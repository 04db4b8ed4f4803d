// All events of the photographer, with the checklist.

import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { text } from '../../shared/text.js';
import { addressCard } from '../address/card.js';
import { leaveVenue, venueCard } from '../venue/card.js';
import { leaveRehearsal, rehearsalCard, watchRehearsal } from '../venue/rehearsal.js';
import { health } from '../core/health.js';
import { failure } from '../core/notices.js';
import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { listEvents, readProgress, readStatistics } from '../core/server.js';
import { endSession, session } from '../core/session.js';
import { card } from './card.js';
import { checklist, isDone, rememberDone, wasDismissed } from './checklist.js';

const PAUSE = 5000;

export function eventsPage() {
  /** @type {{events: Api.EventDetail[] | null, totals: any, counts: Map<number, any>, problem: string}} */
  const state = { events: null, counts: new Map(), totals: null, problem: '' };
  let polling = null;

  async function count(event) {
    const progress = await readProgress(event.id).catch(() => null);
    if (progress) state.counts.set(event.id, progress);
  }

  async function read() {
    try {
      const events = await listEvents();
      state.events = events;
      state.problem = '';
      await Promise.all(events.map(count));
      const event = furthest();
      if (event && !wasDismissed() && !isDone()) {
        state.totals = (await readStatistics(event.id)).totals;
        rememberDone(steps());
      }
    } catch (error) {
      if (error.status === 401) return endSession();
      state.problem = failure(error);
    }
    redraw();
  }

  /** The newest event with photos, or else the newest, so that a second event does not reset the list. */
  function furthest() {
    const events = state.events ?? [];
    return events.find(({ id }) => state.counts.get(id)?.received) ?? events[0];
  }

  const steps = () => {
    const event = furthest();
    return { event, progress: state.counts.get(event?.id), totals: state.totals, status: health.status };
  };

  /** An owner who is no longer an admin keeps events and makes no new ones. */
  const create = () => (session.user?.is_admin
    ? html`<a class="button" href="#/new">${icon('add')}${text('studio.events.create')}</a>` : nothing);

  const empty = () => html`<section class="card empty stack">
    <h2>${text('studio.events.none')}</h2><p class="faint">${text('studio.events.none_hint')}</p>
    ${create()}</section>`;

  const cards = (events) => html`<ul class="cards">${repeat(events, ({ id }) => id,
    (event) => card(event, state.counts.get(event.id)))}</ul>`;

  function content() {
    if (!state.events) {
      return state.problem ? nothing : html`<p class="waiting" role="status">${text('studio.loading')}</p>`;
    }
    return html`${wasDismissed() || isDone() ? nothing : checklist(steps())}
      ${state.events.length ? cards(state.events) : empty()}`;
  }

  return {
    title: () => text('studio.events.title'),
    start() {
      polling = poll(read, () => PAUSE);
      watchRehearsal();
    },
    stop() {
      polling.stop();
      leaveVenue();
      leaveRehearsal();
    },
    render: () => html`<div class="wide events">
      <div class="page-head"><h1 tabindex="-1">${text('studio.events.title')}</h1>
        ${create()}</div>
      ${state.problem ? html`<p class="problem" role="alert">${state.problem}</p>` : nothing}
      ${content()}
      ${addressCard()}
      ${venueCard()}
      ${rehearsalCard()}
      <p class="account-links"><a href="/account">${text('studio.your_account')}</a>
        <a href="#/erasures">${text('studio.erased.title')}</a>
        ${session.user?.is_admin ? html`<a href="#/audit">${text('studio.audit.title')}</a>` : nothing}</p>
    </div>`,
  };
}
