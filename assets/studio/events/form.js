// The fields of a new or an existing event.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { boot, dayAt, text } from '../../shared/text.js';
import { duration } from '../../shared/format.js';
import { redraw } from '../../shared/redraw.js';
import { areaField, choice, listField, take, textField } from './fields.js';
import { secondsToGuess } from './guessing.js';
import { newPassword } from './password.js';
import { suggestedEnd, suggestedFacesEnd, zonesWith } from './values.js';

/**
 * A form about `values`; `was` is the event as it is, or null for a new one.
 * @param {StudioForm['values']} values
 * @param {StudioForm['was']} [was]
 * @returns {StudioForm}
 */
export const newForm = (values, was = null) =>
  ({ values, was, wrong: '', problem: '', busy: false, touched: false, endTouched: Boolean(was),
    facesTouched: Boolean(was) });

/** Applies the change of a field, and what depends on it. */
export function changed(form, event) {
  if (!take(form, event)) return;
  form.touched = true;
  const { name } = event.target;
  if (name === 'end') form.endTouched = true;
  if (name === 'faces_end') form.facesTouched = true;
  if (name === 'date' && !form.endTouched) form.values.end = suggestedEnd(form.values.date);
  if (name === 'date' && !form.facesTouched) form.values.faces_end = suggestedFacesEnd(form.values.date);
  redraw();
}

function generate(form) {
  form.values.access = 'password';
  form.values.password = newPassword();
  form.touched = true;
  redraw();
}

function access(form) {
  const { values, was } = form;
  const answers = [
    { value: 'link', label: text('studio.form.access.link'), hint: text('studio.form.access.link_hint') },
    { value: 'password', label: text('studio.form.access.password'), hint: text('studio.form.access.password_hint') },
  ];
  if (was?.password_protected) {
    const hint = text('studio.form.access.keep_hint');
    answers.unshift({ value: 'keep', label: text('studio.form.access.keep'), hint });
  }
  return html`${choice(form, 'access', text('studio.form.access.title'), answers)}
    ${values.access === 'password' ? html`<div class="with-button">
      ${textField(form, 'password', text('studio.form.password'),
        { required: true, min: boot.least_event_password, max: 1000, hint: text('studio.form.password_note') })}
      <button type="button" class="button quiet" @click=${() => generate(form)}>${text('studio.form.generate')}</button>
    </div>${guessing(values.password)}` : nothing}`;
}

function guessing(password) {
  const seconds = [...password].length < 4 ? null : secondsToGuess(password);
  return html`<p class="hint" role="status">${seconds === null ? nothing
    : text('studio.form.password_short', { time: duration(seconds) })}</p>`;
}

const visibility = (form) => choice(form, 'visibility', text('studio.form.visibility.title'), [
  { value: 'all', label: text('studio.form.visibility.all'), hint: text('studio.form.visibility.all_hint') },
  { value: 'matches', label: text('studio.form.visibility.matches'),
    hint: text('studio.form.visibility.matches_hint') },
]);

const downloads = (form) => choice(form, 'download', text('studio.form.download.title'), [
  { value: 'original', label: text('studio.form.download.original'), hint: text('studio.form.download.original_hint') },
  { value: 'reduced', label: text('studio.form.download.reduced'), hint: text('studio.form.download.reduced_hint') },
  { value: 'nothing', label: text('studio.form.download.nothing'), hint: text('studio.form.download.nothing_hint') },
]);

const metadata = (form) => choice(form, 'metadata', text('studio.form.metadata.title'), [
  { value: 'copyright', label: text('studio.form.metadata.copyright'),
    hint: text('studio.form.metadata.copyright_hint') },
  { value: 'nothing', label: text('studio.form.metadata.nothing'), hint: text('studio.form.metadata.nothing_hint') },
  { value: 'all', label: text('studio.form.metadata.all'), hint: text('studio.form.metadata.all_hint') },
]);

const tap = (form) => choice(form, 'tap', text('studio.form.tap.title'), [
  { value: 'no', label: text('studio.form.tap.no'), hint: text('studio.form.tap.no_hint') },
  { value: 'yes', label: text('studio.form.tap.yes'), hint: text('studio.form.tap.yes_hint') },
]);

const retention = (form) => html`${choice(form, 'stays', text('studio.form.stays.title'), [
  { value: 'until', label: text('studio.form.stays.until'), hint: text('studio.form.stays.until_hint') },
  { value: 'always', label: text('studio.form.stays.always'), hint: text('studio.form.stays.always_hint') },
])}
${form.values.stays === 'until'
  ? textField(form, 'end', text('studio.form.end'), { type: 'date', required: true }) : nothing}`;

const faces = (form) => (form.was?.faces_deleted_at
  ? html`<p>${text('studio.form.faces.ended', { date: dayAt(form.was.faces_deleted_at, form.was.time_zone) })}</p>`
  : html`${choice(form, 'faces', text('studio.form.faces.title'), [
    { value: 'until', label: text('studio.form.faces.until'), hint: text('studio.form.faces.until_hint') },
    { value: 'photos', label: text('studio.form.faces.photos'), hint: text('studio.form.faces.photos_hint') },
  ])}
  ${form.values.faces === 'until'
    ? textField(form, 'faces_end', text('studio.form.faces.end'), { type: 'date', required: true }) : nothing}`);

/** All fields. */
export const fields = (form) => html`
  <section class="card stack"><h2>${text('studio.form.event')}</h2>
    <div class="columns">
      ${textField(form, 'name', text('studio.form.name'),
        { required: true, min: 3, max: 200, placeholder: text('studio.form.name_example') })}
      ${textField(form, 'date', text('studio.form.date'), { type: 'date' })}
    </div>
    ${areaField(form, 'description', text('studio.form.description'),
      { max: 5000, hint: text('studio.form.description_hint') })}
    ${listField(form, 'zone', text('studio.form.zone'), zonesWith(form.values.zone), text('studio.form.zone_hint'))}
  </section>
  <section class="card stack"><h2>${text('studio.form.guests')}</h2>${access(form)}
    <div class="columns">${visibility(form)}${downloads(form)}</div>
    ${form.values.download === 'original' ? metadata(form) : nothing}${tap(form)}</section>
  <section class="card stack"><h2>${text('studio.form.card')}</h2>
    <p class="faint">${text('studio.form.card_hint')}</p>
    <div class="columns">
      ${textField(form, 'photographer', text('studio.form.photographer'), { max: 80 })}
      ${textField(form, 'photographer_link', text('studio.form.photographer_link'),
        { max: 280, hint: text('studio.form.photographer_link_hint') })}
    </div></section>
  <section class="card stack"><h2>${text('studio.form.keeping')}</h2>
    <div class="columns"><div class="stack">${retention(form)}</div>
      <div class="stack">${faces(form)}</div></div></section>`;
