// Signing in, and making an account where that is open to everybody.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { boot, reason, text } from '../shared/text.js';
import { send } from '../shared/api.js';
import { draw, nextPath } from './account.js';

let registering = false;
const open = boot.registration === 'open';

const wrong = (error) => ({
  login: text('account.wrong.login'), password: text('account.wrong.password'),
})[error.field] ?? reason(error);

function turn() {
  registering = !registering;
  draw();
  document.querySelector('[name="login"]').focus();
}

const google = () => {
  const next = nextPath() ?? '/account';
  return html`
    <a class="button quiet full" href="/auth/google/start?next=${next}">${text('account.google')}</a>
    <p class="or" aria-hidden="true">·</p>`;
};

export function signIn(attempt, opened) {
  const submit = (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.target));
    attempt(async () => {
      if (registering) await send('POST', '/auth/register', { json: given });
      await opened(await send('POST', '/auth/session', { json: given }), true);
    }, wrong);
  };
  return html`
    <p class="faint">${text('account.hint')}</p>
    <div class="card stack">
      ${boot.google ? google() : nothing}
      <form @submit=${submit}>
        <label class="field">${text('account.login')}
          <input name="login" autocomplete="username" autocapitalize="none" minlength=${registering ? 3 : 1} maxlength="254" required>
        </label>
        <label class="field">${text(registering ? 'account.password.new' : 'account.password')}
          <input name="password" type="password" autocomplete=${registering ? 'new-password' : 'current-password'}
            minlength=${registering ? 8 : 1} maxlength="1000" required>
        </label>
        <p class="send"><button class="button full">${text(registering ? 'account.register' : 'account.sign_in')}</button></p>
      </form>
      ${open
        ? html`<button class="link" type="button" @click=${turn}>
            ${text(registering ? 'account.sign_in.instead' : 'account.register.instead')}</button>`
        : html`<p class="small faint">${text('account.register.closed')}</p>`}
    </div>`;
}
