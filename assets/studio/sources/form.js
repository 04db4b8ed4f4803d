// The form of a source: a new one, or another name, credit or limit for one that is there.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { redraw } from '../../shared/redraw.js';
import { text } from '../../shared/text.js';
import { openDialog } from '../core/dialogs.js';
import { failure } from '../core/notices.js';
import { textField } from '../events/fields.js';
import { KINDS } from './kinds.js';

/** The name of the limit, which for guests is one for each. */
const limitOf = (kind) => (kind === 'guests' ? 'max_per_guest' : 'max_photos');
const hasLimit = (kind) => kind === 'contributor' || kind === 'guests';
const PER_GUEST = 20;

function valuesOf(kind, source) {
  if (!source) return { name: kind === 'guests' ? KINDS.guests.label : '', credit: '', folder: '',
    limit: kind === 'guests' ? String(PER_GUEST) : '', held: kind === 'guests' };
  const { name, credit, held } = source;
  return { name, credit: credit ?? '', folder: '', limit: String(source[limitOf(kind)] ?? ''), held };
}

/** The last part of a path, as a name. */
const lastPart = (path) => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;

/** @param {any} values */
function body(kind, values, isNew) {
  const { name, credit, folder, limit, held } = values;
  const more = hasLimit(kind) ? { [limitOf(kind)]: limit ? Number(limit) : null, held } : {};
  return {
    name: name.trim() || lastPart(folder.trim()),
    ...(kind === 'guests' ? {} : { credit: credit.trim() || null }),
    ...(isNew ? { kind } : {}),
    ...(isNew && kind === 'folder' ? { folder: folder.trim() } : {}),
    ...more,
  };
}

const nameField = (form, kind) => {
  const place = { folder: lastPart(form.values.folder) || text('studio.sources.folder_name'), camera: 'Canon R5',
    contributor: 'Sari' }[kind];
  const label = kind === 'contributor' ? text('studio.sources.person') : text('studio.form.name');
  return textField(form, 'name', label, { max: 80, placeholder: place, required: kind !== 'folder' });
};

const creditField = (form, kind) => textField(form, 'credit', text('studio.sources.credited'), { max: 80,
  hint: kind === 'contributor' ? text('studio.sources.credited_contributor') : text('studio.sources.credited_hint') });

const limitField = (form, kind) => html`<label class="field">
  ${kind === 'guests' ? text('studio.sources.per_guest') : text('studio.sources.limit')}
  <input name="limit" type="number" min="1" step="1" inputmode="numeric" .value=${form.values.limit}>
  <span class="hint">${text('studio.sources.limit_hint')}</span></label>`;

const heldField = (form) => html`<label class="switch"><input type="checkbox" name="held" .checked=${form.values.held}
  @change=${(event) => { form.values.held = event.target.checked; redraw(); }}>
  <span><strong>${text('studio.sources.held')}</strong>
    <span class="hint">${text('studio.sources.held_hint')}</span></span></label>`;

/**
 * Opens the form; `save(body)` sends it.
 * @param {{kind: string, source?: Api.SourceView | null, save: (body: any) => Promise<unknown>}} options
 */
export function openForm({ kind, source = null, save }) {
  /** @type {StudioForm} */
  const form = { values: valuesOf(kind, source), wrong: '', problem: '', busy: false };
  const typed = ({ target: { name, value, type } }) => {
    if (type !== 'checkbox') form.values[name] = value;
    if (name === 'folder') redraw();
  };
  async function submit(event, close) {
    event.preventDefault();
    Object.assign(form, { busy: true, problem: '', wrong: '' });
    redraw();
    try {
      await save(body(kind, form.values, !source));
      close();
    } catch (error) {
      Object.assign(form, { problem: failure(error), wrong: error.field ?? '' });
    }
    form.busy = false;
    redraw();
  }
  openDialog({
    label: source ? source.name : KINDS[kind].label,
    render: (close) => html`<form @input=${typed} @submit=${(event) => submit(event, close)}>
      <div class="dialog-body stack">
        ${source ? nothing : html`<p class="faint">${KINDS[kind].hint}</p>`}
        ${kind === 'folder' && !source ? textField(form, 'folder', text('studio.sources.path'),
          { required: true, max: 1000, hint: text('studio.sources.path_hint') }) : nothing}
        ${nameField(form, kind)}
        ${kind === 'guests' ? nothing : creditField(form, kind)}
        ${hasLimit(kind) ? html`${limitField(form, kind)}${heldField(form)}` : nothing}
        <p class="problem" role="alert" ?hidden=${!form.problem}>${form.problem}</p></div>
      <div class="actions">
        <button type="button" class="button quiet" @click=${() => close()}>${text('studio.cancel')}</button>
        <button class="button" ?disabled=${form.busy}>
          ${source ? text('studio.settings.save') : text('studio.sources.add')}</button></div></form>`,
  });
}
