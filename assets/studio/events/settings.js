// The settings page of an event: form, watermark, closing and deleting.

import { html } from '../../vendor/lit-html/lit-html.js';
import { text } from '../../shared/text.js';
import { current, setDetail } from '../core/frame.js';
import { notify } from '../core/notices.js';
import { changeEvent } from '../core/server.js';
import { draft, dropDraft, unsaved } from './drafts.js';
import { ending } from './ending.js';
import { changed, fields, newForm } from './form.js';
import { submitting } from './submit.js';
import { changes, valuesOf } from './values.js';
import { watermark } from './watermark.js';

export function settingsPage(id) {
  const key = `settings ${id}`;
  let form = null;
  const logo = watermark(id);

  async function save() {
    const detail = await changeEvent(id, changes(form.values, form.was));
    setDetail(detail);
    dropDraft(key);
    form = null;
    notify(text('studio.settings.saved'));
  }

  return {
    title: () => text('studio.tab.settings'),
    start: () => logo.start(),
    stop: () => logo.stop(),
    render(detail) {
      // Created once: later reads must not overwrite what is being typed.
      form ??= draft(key, () => newForm(valuesOf(detail), detail));
      return html`<form class="form" @submit=${(event) => submitting(form, save)(event)}
        @input=${(event) => changed(form, event)}>
        ${fields(form)}
        <p class="problem" role="alert" ?hidden=${!form.problem}>${form.problem}</p>
        ${unsaved(key, () => { form = null; })}
        <div class="actions sticky"><button class="button" ?disabled=${form.busy}>
          ${text('studio.settings.save')}</button></div>
      </form>
      <div class="form">${logo.render(current.detail)}${ending(detail)}</div>`;
    },
  };
}
