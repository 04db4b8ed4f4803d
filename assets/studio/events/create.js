// The page that creates an event.

import { html } from '../../vendor/lit-html/lit-html.js';
import { text } from '../../shared/text.js';
import { redraw } from '../../shared/redraw.js';
import { eventLink, go } from '../core/router.js';
import { createEvent, listEvents } from '../core/server.js';
import { draft, dropDraft } from './drafts.js';
import { changed, fields, newForm } from './form.js';
import { submitting } from './submit.js';
import { body, newValues } from './values.js';

const newest = (events) => events.reduce((last, one) => (!last || one.created_at > last.created_at ? one : last), null);

const KEY = 'new';

export function createPage() {
  const form = draft(KEY, () => newForm(newValues(null)));
  const submit = submitting(form, async () => {
    const event = await createEvent(body(form.values));
    dropDraft(KEY);
    go(eventLink(event.id));
  });

  return {
    title: () => text('studio.new.title'),
    async start() {
      // Reuses the contact details of the newest event, unless something was typed meanwhile.
      const last = newest(await listEvents().catch(() => []));
      if (!last || form.touched || form.values.photographer) return;
      form.values = { ...newValues(last), date: form.values.date };
      redraw();
    },
    render: () => html`<form class="wide form" @submit=${submit} @input=${(event) => changed(form, event)}>
      <h1 tabindex="-1">${text('studio.new.title')}</h1>
      ${fields(form)}
      <p class="problem" role="alert" ?hidden=${!form.problem}>${form.problem}</p>
      <div class="actions">
        <a class="button quiet" href="#/" @click=${() => dropDraft(KEY)}>${text('studio.cancel')}</a>
        <button class="button" ?disabled=${form.busy}>${text('studio.new.create')}</button>
      </div>
    </form>`,
  };
}
