// What was typed into a form survives leaving its page; closing the tab asks first.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { text } from '../../shared/text.js';
import { redraw } from '../../shared/redraw.js';

/** @type {Map<string, StudioForm>} */
const drafts = new Map();

/**
 * The form under `key`, as it was left, or a new one.
 * @param {string} key
 * @param {() => StudioForm} make
 * @returns {StudioForm}
 */
export function draft(key, make) {
  const form = drafts.get(key) ?? make();
  drafts.set(key, form);
  return form;
}

/** Call when the form was saved or is not wanted. */
export const dropDraft = (key) => drafts.delete(key);

/** Says that the form under `key` has unsaved changes, and offers to discard them. */
export const unsaved = (key, discarded) => (drafts.get(key)?.touched
  ? html`<p class="notice" role="status">${text('studio.form.unsaved')}
    <button type="button" class="link" @click=${() => { drafts.delete(key); discarded(); redraw(); }}>
      ${text('studio.form.discard')}</button></p>` : nothing);

addEventListener('beforeunload', (event) => {
  if ([...drafts.values()].some(({ touched }) => touched)) event.preventDefault();
});
