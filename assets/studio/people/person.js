// One person: name, photos, and what the photographer says about them.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { plural, text } from '../../shared/text.js';
import { confirm, openDialog } from '../core/dialogs.js';
import { attempt } from '../core/notices.js';
import { redraw } from '../../shared/redraw.js';
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
    state.photos = new PhotosOfPerson(eventId, photos, changed, ({ person: owner }) => owner && owner !== id);
    redraw();
  });

  const faces = (photos = []) => photos.map((photo) => photo.face);
  const ticked = () => faces(state.photos?.chosen);
  const unticked = () => faces(state.photos?.refused);

  /** A group becomes a person with the first thing that is said about it: the one with the ticked faces. */
  async function known() {
    state.person.id ??= await createPerson(eventId, { faces: ticked() });
    return state.person.id;
  }

  const act = (task) => attempt(async () => {
    await task();
    await Promise.all([read(), changed()]);
  });

  const saveTicks = () => act(async () => {
    const id = await known();
    await correct(eventId, id, ticked(), true);
    if (unticked().length) await correct(eventId, id, unticked(), false);
  });

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
    hint: plural('studio.people.split_hint', unticked().length),
    async save(given) {
      const others = unticked();
      await createPerson(eventId, { faces: others, instead_of: await known(), name: given });
      await Promise.all([read(), changed()]);
    },
  });

  const isOther = (one) => (one.id ? one.id !== state.person.id : one.face !== state.person.face);
  const same = () => askSame(others().filter(isOther), ({ id, face }) => act(async () => {
    await mergePeople(eventId, await known(), id ?? await createPerson(eventId, { faces: [face] }));
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
    // A group is nobody yet without a face that is theirs.
    const nobody = !id && !photos.chosen.length;
    return html`<div class="dialog-body stack person-page">
      <h3>${state.person.name ?? text('studio.people.unnamed')}</h3>
      <div class="acts">
        ${button('person', text('studio.people.rename'), name, nobody)}
        ${button('copy', text('studio.people.same'), same, nobody)}
        ${id ? button('delete', text('studio.people.remove'), remove) : nothing}
      </div>
      ${photos.photos.length ? html`<p class="hint">${text('studio.people.ticks_hint')}</p>
        <div class="acts">
          ${button('check', text('studio.people.ticks'), saveTicks, !photos.chosen.length)}
          ${button('face', text('studio.people.split'), split, nobody || !photos.refused.length)}
        </div>${photos.render()}` : html`<p class="none">${text('studio.people.missing')}</p>`}</div>`;
  }

  const dialog = openDialog({ label: text('studio.people.person'), kind: 'large', render: content });
  read();
}
