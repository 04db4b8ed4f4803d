// One person: name, photos, and what the photographer says about them.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { plural, text } from '../../shared/text.js';
import { confirm, openDialog } from '../core/dialogs.js';
import { attempt } from '../core/notices.js';
import { redraw } from '../core/redraw.js';
import { askName, askSame } from './dialogs.js';
import { PhotosOfPerson } from './photos.js';
import {
  correct, createPerson, deletePerson, givePortrait, listPhotosOf, mergePeople, renamePerson,
} from './requests.js';

/** Opens a person of the strip; `others()` are the people to merge with, `changed()` is called after each change. */
export function openPerson({ eventId, person, others, changed }) {
  /** @type {{person: any, photos: PhotosOfPerson | null}} */
  const state = { person: { ...person }, photos: null };

  const read = () => attempt(async () => {
    const { id, face } = state.person;
    const photos = await listPhotosOf(eventId, { person: id, face });
    state.photos = new PhotosOfPerson(eventId, photos, changed);
    redraw();
  });

  /** A group gets an id with the first thing that is said about it. */
  async function known(one = state.person) {
    one.id ??= await createPerson(eventId, { faces: [one.face] });
    return one.id;
  }

  const act = (task) => attempt(async () => {
    await task();
    await Promise.all([read(), changed()]);
  });

  const faces = () => (state.photos?.chosen ?? []).map((photo) => photo.face);

  const name = () => askName({
    label: text('studio.people.rename'),
    action: text('studio.people.save'),
    name: state.person.name ?? '',
    portrait: true,
    async save(given, portrait) {
      const id = await known();
      await renamePerson(eventId, id, given);
      state.person.name = given;
      if (portrait) await givePortrait(eventId, id, portrait);
      await Promise.all([read(), changed()]);
    },
  });

  const split = () => askName({
    label: text('studio.people.split'),
    action: text('studio.people.save'),
    hint: plural('studio.people.split_hint', faces().length),
    async save(given) {
      await createPerson(eventId, { faces: faces(), instead_of: await known(), name: given });
      await Promise.all([read(), changed()]);
    },
  });

  const same = () => askSame(others().filter((other) => other.face !== state.person.face), (other) => act(async () => {
    await mergePeople(eventId, await known(), await known({ ...other }));
  }));

  async function remove() {
    const sure = await confirm({
      title: text('studio.people.remove'), body: text('studio.people.remove_body'),
      action: text('studio.people.remove'), danger: true,
    });
    if (!sure || await attempt(() => deletePerson(eventId, state.person.id)) === undefined) return;
    changed();
    dialog.close();
  }

  const button = (sign, label, run, off = false) => html`<button type="button" class="button quiet compact"
    ?disabled=${off} @click=${run}>${icon(sign)}${label}</button>`;

  function content() {
    const { photos, person: { id } } = state;
    if (!photos) return html`<p class="waiting" role="status">${text('studio.loading')}</p>`;
    const none = !photos.chosen.length;
    return html`<div class="dialog-body stack person-page">
      <h3>${state.person.name ?? text('studio.people.unnamed')}</h3>
      <div class="acts">
        ${button('person', text('studio.people.rename'), name)}
        ${button('copy', text('studio.people.same'), same)}
        ${id ? button('delete', text('studio.people.remove'), remove) : nothing}
      </div>
      ${photos.photos.length ? html`<div class="acts">
        ${button('check', text('studio.people.yes'), () => act(async () =>
          correct(eventId, await known(), faces(), true)), none)}
        ${button('notMe', text('studio.people.no'), () => act(async () =>
          correct(eventId, await known(), faces(), false)), none)}
        ${button('face', text('studio.people.split'), split, none)}
      </div>${photos.render()}` : html`<p class="none">${text('studio.people.missing')}</p>`}</div>`;
  }

  const dialog = openDialog({ label: text('studio.people.person'), kind: 'large', render: content });
  read();
}
