// Sign-in to the studio.

import { html } from '../vendor/lit-html/lit-html.js';
import { credentials } from '../shared/credentials.js';
import { boot, text } from '../shared/text.js';
import { failure } from './core/notices.js';
import { drawn, redraw } from '../shared/redraw.js';
import { signIn as begin } from './core/session.js';

let problem = '';
let busy = false;
/** Whether the account turned out to need a code too. */
let needsCode = false;

async function submit(event) {
  event.preventDefault();
  const { login, password, code } = event.target.elements;
  busy = true;
  problem = '';
  redraw();
  try {
    await begin({ login: login.value, password: password.value, code: code?.value });
    needsCode = false;
  } catch (error) {
    problem = failure(error);
    needsCode ||= error.code === 'auth.second_factor_required';
    if (!error.code.startsWith('auth.second_factor')) password.value = '';
  }
  busy = false;
  redraw();
  await drawn();
  // The form is gone once the studio is open.
  const { code: asked } = event.target.elements;
  if (problem) (password.value && asked ? asked : password).focus();
}

export const signIn = () => html`<form class="column sign-in" @submit=${submit}>
  <div class="card stack">
    <h1 tabindex="-1">${text('studio.sign_in.title')}</h1>
    <p class="faint">${boot.has_admin ? text('studio.sign_in.hint') : text('studio.sign_in.first')}</p>
    ${credentials({ login: text('studio.sign_in.login'), password: text('studio.sign_in.password'),
      code: needsCode ? text('studio.sign_in.code') : '' })}
    <p class="problem" role="alert" ?hidden=${!problem}>${problem}</p>
    <button class="button full" ?disabled=${busy}>${text('studio.sign_in.enter')}</button>
  </div>
</form>`;
