// Small dialogs about people: a name, someone to look for, whom somebody is the same person as.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { reason, text } from '../../shared/text.js';
import { openDialog } from '../core/dialogs.js';
import { redraw } from '../../shared/redraw.js';
import { face } from './strip.js';

const buttons = (close, action) => html`<div class="actions">
  <button type="button" class="button quiet" @click=${() => close()}>${text('studio.cancel')}</button>
  <button class="button">${action}</button></div>`;

/**
 * Asks for a name and, if wanted, a portrait; `save` gets both and may fail.
 * @param {{label: string, action: string, name?: string, hint?: string, portrait?: boolean,
 *   save: (name: string, portrait: File | null) => Promise<unknown>}} options
 */
export function askName({ label, action, name = '', hint = '', portrait = false, save }) {
  const state = { problem: '', busy: false };
  const dialog = openDialog({
    label,
    render: (close) => html`<form @submit=${(event) => submit(event)}>
      <div class="dialog-body stack">
        ${hint ? html`<p>${hint}</p>` : nothing}
        <label class="field"><span>${text('studio.people.name')}</span>
          <input name="name" maxlength="100" required autofocus autocomplete="off" .value=${name}></label>
        ${portrait ? html`<label class="field"><span>${text('studio.people.portrait')}</span>
          <input type="file" name="portrait" accept="image/jpeg,image/png,image/webp,image/heic,.heic">
          <span class="hint">${text('studio.people.portrait_hint')}</span></label>` : nothing}
        <p class="problem" role="alert" ?hidden=${!state.problem}>${state.problem}</p>
      </div>${buttons(close, action)}</form>`,
  });

  async function submit(event) {
    event.preventDefault();
    if (state.busy) return;
    const values = new FormData(event.target);
    const file = /** @type {File | null} */ (values.get('portrait'));
    state.busy = true;
    try {
      await save(String(values.get('name')).trim(), file?.size ? file : null);
      dialog.close();
    } catch (error) {
      state.problem = reason(error);
    }
    state.busy = false;
    redraw();
  }
}

/** Asks who is the same person; `chosen` gets one of `people`. */
export function askSame(people, chosen) {
  const dialog = openDialog({
    label: text('studio.people.same'),
    render: () => html`<div class="dialog-body"><p>${text('studio.people.same_hint')}</p>
      <ul class="strip">${people.map((person) => html`<li>${face(person, () => {
        dialog.close();
        chosen(person);
      })}</li>`)}</ul></div>`,
  });
}
