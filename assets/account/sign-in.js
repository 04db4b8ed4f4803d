// Signing in, and creating an account where registration is open.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { send } from '../shared/api.js';
import { credentials } from '../shared/credentials.js';
import { boot, reason, text } from '../shared/text.js';
import { attempt, change } from './state.js';

let registering = false;
/** Whether the account turned out to need a code too. */
let needsCode = false;
const isOpen = boot.registration === 'open';

/** Where to go after signing in: a path on this server, or null. */
export function nextPath() {
  const next = new URLSearchParams(location.search).get('next');
  return next && /^\/(?![/\\])[\w/-]*(#\w+)?$/.test(next) ? next : null;
}

const focus = (name) => /** @type {HTMLElement | null} */ (document.querySelector(`[name="${name}"]`))?.focus();

const wrong = (error) => ({
  login: text('account.wrong.login'), password: text('account.wrong.password'),
})[error.field] ?? reason(error);

function toggle() {
  registering = !registering;
  needsCode = false;
  change({});
  focus('login');
}

const google = () => {
  const next = nextPath() ?? '/account';
  return html`
    <a class="button quiet full" href="/auth/google/start?next=${encodeURIComponent(next)}">
      ${text('account.google')}</a>
    <p class="or" aria-hidden="true">·</p>`;
};

/** The form; `opened(session, true)` is called once signed in. */
export function signIn(opened) {
  const submit = (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.target));
    attempt(async () => {
      if (registering) await send('POST', '/auth/register', { json: given });
      try {
        await opened(await send('POST', '/auth/session', { json: given }), true);
      } catch (error) {
        needsCode ||= error.code === 'auth.second_factor_required';
        throw error;
      }
    }, wrong).then(() => needsCode && focus('code'));
  };
  const fresh = text(boot.least_password > 8 ? 'account.password.strong' : 'account.password.new');
  const password = registering ? fresh : text('account.password');
  return html`
    <p class="faint">${text('account.hint')}</p>
    <div class="card stack">
      ${boot.google ? google() : nothing}
      <form @submit=${submit}>
        ${credentials({
          login: text('account.login'), password, isNew: registering,
          code: needsCode ? text('account.second_factor.any_code') : '',
        })}
        <p class="send"><button class="button full">
          ${text(registering ? 'account.register' : 'account.sign_in')}</button></p>
      </form>
      ${isOpen
        ? html`<button class="link" type="button" @click=${toggle}>
            ${text(registering ? 'account.sign_in.instead' : 'account.register.instead')}</button>`
        : html`<p class="small faint">${text('account.register.closed')}</p>`}
    </div>`;
}
