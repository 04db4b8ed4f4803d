// The fields of a sign-in form.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { boot } from './text.js';

/** Fields with these labels; those of a new account ask for more characters. Only some accounts need a code. */
export const credentials = ({ login, password, code = '', isNew = false }) => html`
  <label class="field">${login}
    <input name="login" autocomplete="username" autocapitalize="none" spellcheck="false" minlength=${isNew ? 3 : 1}
      maxlength="254" required></label>
  <label class="field">${password}
    <input name="password" type="password" autocomplete=${isNew ? 'new-password' : 'current-password'}
      minlength=${isNew ? boot.least_password : 1} maxlength="1000" required></label>
  ${code ? html`<label class="field">${code}
    <input name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" maxlength="40"></label>`
    : nothing}`;
