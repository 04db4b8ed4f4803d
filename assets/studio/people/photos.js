// All photos of one person, to hide them when the person asks for it: the sure ones are ticked, the others are not.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { plural, text } from '../../shared/text.js';
import { redraw } from '../../shared/redraw.js';
import { change } from '../photos/actions.js';

/** The photos of a person, each ticked or not. */
export class PhotosOfPerson {
  /**
   * `changed(action, ids)` is called after photos were hidden or shown; a photo whose face is `isOther` people's is not
   * ticked.
   */
  constructor(eventId, photos, changed, isOther = (_photo) => false) {
    this.eventId = eventId;
    this.photos = photos;
    this.changed = changed;
    /** @type {Set<number>} ids of the ticked photos */
    this.ticked = new Set(this.of('sure').filter((photo) => !isOther(photo)).map(({ id }) => id));
  }

  of(certainty) {
    return this.photos.filter((photo) => photo.certainty === certainty);
  }

  get chosen() {
    return this.photos.filter(({ id }) => this.ticked.has(id));
  }

  /** Sure ones that are not ticked. */
  get refused() {
    return this.of('sure').filter(({ id }) => !this.ticked.has(id));
  }

  tick(id, on) {
    if (on) this.ticked.add(id);
    else this.ticked.delete(id);
    redraw();
  }

  run(action) {
    return change(this.eventId, this.chosen, action, (done, ids) => {
      for (const photo of this.photos) if (ids.includes(photo.id)) photo.hidden = done === 'hide';
      return this.changed(done, ids);
    });
  }

  tile(photo) {
    return html`<li class=${photo.hidden ? 'is-hidden' : ''}><label title=${photo.file_name}>
      <input type="checkbox" .checked=${this.ticked.has(photo.id)}
        @change=${(event) => this.tick(photo.id, event.target.checked)}>
      <img src=${photo.face_url} alt=${photo.file_name} loading="lazy">
      <img class="whole" src=${photo.thumbnail_url} alt="" loading="lazy"></label></li>`;
  }

  list(certainty) {
    return html`<ul class="person-photos">${this.of(certainty).map((photo) => this.tile(photo))}</ul>`;
  }

  render() {
    const count = this.chosen.length;
    const maybe = this.of('maybe').length;
    return html`
      <p class="hint">${text('studio.person.hint')}</p>
      <div class="acts">
        <button type="button" class="button compact" ?disabled=${!count} @click=${() => this.run('hide')}>
          ${icon('hide')}${plural('studio.person.hide', count)}</button>
        <button type="button" class="button quiet compact" ?disabled=${!count} @click=${() => this.run('show')}>
          ${icon('eye')}${text('studio.person.show')}</button>
      </div>
      ${this.list('sure')}
      ${maybe ? html`<h4>${plural('studio.person.maybe', maybe)}</h4>
        <p class="hint">${text('studio.person.maybe_hint')}</p>${this.list('maybe')}` : nothing}`;
  }
}

/** The photos of the person whose face was clicked, beside the photo it was clicked in. */
export const besidePhoto = (photos, back) => html`
  <button type="button" class="link" @click=${back}>${icon('back')}${text('studio.person.back')}</button>
  <h3 id="person-title" tabindex="-1">${plural('studio.person.title', photos.of('sure').length)}</h3>
  ${photos.render()}`;
