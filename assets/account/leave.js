// Signing out and deleting the account.

import { html } from '../vendor/lit-html/lit-html.js';
import { send } from '../shared/api.js';
import { text } from '../shared/text.js';
import { attempt, leavePage } from './state.js';

const signOut = () => attempt(async () => {
  await send('POST', '/auth/logout');
  leavePage();
});

function erase(event) {
  event.preventDefault();
  attempt(async () => {
    await send('DELETE', '/users/me');
    leavePage(true);
  });
}

/** Enables the button once the word is typed. */
function typed({ target }) {
  const word = text('account.delete.word');
  target.form.querySelector('button').disabled = target.value.trim().toLowerCase() !== word;
}

const leave = () => html`
  <section>
    <p><button class="button quiet" type="button" @click=${signOut}>${text('account.sign_out')}</button></p>
  </section>
  <section>
    <h2>${text('account.delete')}</h2>
    <form class="card stack" @submit=${erase}>
      <p class="small faint">${text('account.delete.hint')}</p>
      <label class="field">${text('account.delete.confirm', { word: text('account.delete.word') })}
        <input name="word" autocomplete="off" autocapitalize="none" required @input=${typed}></label>
      <button class="button danger" disabled>${text('account.delete')}</button>
    </form>
  </section>`;

export const sections = [leave];
