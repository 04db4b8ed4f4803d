// Closing, reopening and deleting an event.

import { html } from '../../vendor/lit-html/lit-html.js';
import { text } from '../../shared/text.js';
import { confirm, openDialog } from '../core/dialogs.js';
import { setDetail } from '../core/frame.js';
import { attempt, notify } from '../core/notices.js';
import { redraw } from '../../shared/redraw.js';
import { go } from '../core/router.js';
import { changeEvent, deleteEvent } from '../core/server.js';

async function setClosed(id, closed) {
  // Closing ends all guest sessions.
  const sure = !closed || await confirm({
    title: text('studio.closing.close'), body: text('studio.closing.what'), action: text('studio.closing.close'),
  });
  if (sure) await attempt(async () => {
    setDetail(await changeEvent(id, { closed }));
    notify(closed ? text('studio.closing.closed') : text('studio.closing.opened'));
  });
}

/** Asks for the event's exact name, so that no event is deleted by accident. */
function askForName(detail) {
  let typed = '';
  const same = () => typed.trim() === detail.name.trim();
  const submit = async (event, close) => {
    event.preventDefault();
    if (!same()) return;
    close();
    await attempt(async () => {
      await deleteEvent(detail.id);
      notify(text('studio.deleting.deleted', { name: detail.name }));
      go('#/');
    });
  };
  openDialog({
    label: text('studio.deleting.title'),
    render: (close) => html`<form @submit=${(event) => submit(event, close)}>
      <div class="dialog-body stack"><p>${text('studio.deleting.what')}</p>
        <p class="quoted">${detail.name}</p>
        <label class="field">${text('studio.deleting.type')}
          <input autocomplete="off" spellcheck="false" autofocus .value=${typed}
            @input=${(event) => { typed = event.target.value; redraw(); }}></label></div>
      <div class="actions">
        <button type="button" class="button quiet" @click=${() => close()}>${text('studio.cancel')}</button>
        <button class="button alarm" ?disabled=${!same()}>${text('studio.deleting.delete')}</button>
      </div></form>`,
  });
}

export const ending = (detail) => html`<section class="card stack"><h2>${text('studio.closing.title')}</h2>
  <div class="row"><p>${detail.closed_at ? text('studio.closing.is_closed') : text('studio.closing.is_open')}</p>
    <button type="button" class="button quiet" @click=${() => setClosed(detail.id, !detail.closed_at)}>
      ${detail.closed_at ? text('studio.closing.open') : text('studio.closing.close')}</button></div>
  <div class="row"><p>${text('studio.deleting.hint')}</p>
    <button type="button" class="button danger" @click=${() => askForName(detail)}>
      ${text('studio.deleting.delete')}</button>
  </div></section>`;
