// The people of an event: who has been photographed and who has not, and the groups of all other faces.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { number, text } from '../../shared/text.js';
import { confirm } from '../core/dialogs.js';
import { attempt, failure } from '../core/notices.js';
import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { endSession } from '../core/session.js';
import { askName } from './dialogs.js';
import { openPerson } from './person.js';
import { createPerson, givePortrait, readPeople, turnPeople } from './requests.js';
import { strip } from './strip.js';

const BUSY_PAUSE = 500;
const IDLE_PAUSE = 8000;

export function peoplePage(eventId) {
  /** @type {{list: Api.PeopleOfEvent | null, problem: any}} */
  const state = { list: null, problem: null };
  let polling = null;

  const isBusy = () => Boolean(state.list?.on && state.list.grouped < state.list.faces);

  async function ask() {
    try {
      state.list = await readPeople(eventId);
      state.problem = null;
    } catch (error) {
      if (error.status === 401) endSession();
      state.problem = error;
    }
    redraw();
  }

  const turn = (on) => attempt(async () => {
    await turnPeople(eventId, on);
    await ask();
    polling?.now();
  });

  async function turnOff() {
    const sure = await confirm({
      title: text('studio.people.off'), body: text('studio.people.off_body'),
      action: text('studio.people.off'), danger: true,
    });
    if (sure) turn(false);
  }

  const open = (person) => openPerson({ eventId, person, others: () => state.list?.people ?? [], changed: ask });

  const lookFor = () => askName({
    label: text('studio.people.add'),
    action: text('studio.people.save'),
    hint: text('studio.people.add_hint'),
    portrait: true,
    async save(name, portrait) {
      const person = await createPerson(eventId, { name });
      try {
        if (portrait) await givePortrait(eventId, person, portrait);
      } finally {
        await ask();
      }
    },
  });

  const offer = () => html`<section class="card stack people-offer">
    <h2>${text('studio.people.offer')}</h2>
    <p>${text('studio.people.what')}</p>
    <p class="hint">${text('studio.people.law')}</p>
    <div><button type="button" class="button" @click=${() => turn(true)}>${icon('face')}
      ${text('studio.people.on')}</button></div></section>`;

  function content({ people, grouped, faces }) {
    // Who has the fewest photos comes first: they are the ones to look for.
    const known = people.filter(({ id }) => id).sort((a, b) => a.photos - b.photos);
    const others = people.filter(({ id }) => !id);
    return html`<section class="stack">
      <div class="page-head"><h2>${text('studio.people.known')}</h2>
        <button type="button" class="button compact" @click=${lookFor}>${icon('add')}
          ${text('studio.people.add')}</button></div>
      ${known.length ? strip(known, open) : html`<p class="hint">${text('studio.people.known_hint')}</p>`}
    </section>
    <section class="stack">
      <h2>${text('studio.people.others')}</h2>
      <p class="hint" role="status">${isBusy()
        ? text('studio.people.busy', { done: number(grouped), all: number(faces) })
        : text('studio.people.others_hint')}</p>
      ${others.length ? strip(others, open) : nothing}
    </section>
    <p><button type="button" class="link" @click=${turnOff}>${text('studio.people.off')}</button></p>`;
  }

  return {
    title: () => text('studio.tab.people'),
    start() {
      polling = poll(ask, () => (isBusy() ? BUSY_PAUSE : IDLE_PAUSE));
    },
    stop: () => polling.stop(),
    render(detail) {
      if (!state.list && state.problem) return html`<p class="problem">${failure(state.problem)}</p>`;
      if (!state.list) return html`<p class="waiting" role="status">${text('studio.loading')}</p>`;
      if (detail.faces_deleted_at) return html`<p class="hint">${text('studio.people.ended')}</p>`;
      return state.list.on ? content(state.list) : offer();
    },
  };
}
