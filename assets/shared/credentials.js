// The two fields of a sign-in form.

import { html } from '../vendor/lit-html/lit-html.js';

/** Fields with these labels; those of a new account ask for more characters. */
export const credentials = ({ login, password, isNew = false }) => html`
  <label class="field">${login}
    <input name="login" autocomplete="username" autocapitalize="none" spellcheck="false" minlength=${isNew ? 3 : 1}
      maxlength="254" required></label>
  <label class="field">${password}
    <input name="password" type="password" autocomplete=${isNew ? 'new-password' : 'current-password'}
      minlength=${isNew ? 8 : 1} maxlength="1000" required></label>`;
