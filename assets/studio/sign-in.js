// Sign-in to the studio.

import { html } from '../vendor/lit-html/lit-html.js';
import { credentials } from '../shared/credentials.js';
import { boot, text } from '../shared/text.js';
import { failure } from './core/notices.js';
import { redraw } from '../shared/redraw.js';
import { signIn as begin } from './core/session.js';

let problem = '';
let busy = false;

async function submit(event) {
  event.preventDefault();
  const { login, password } = event.target.elements;
  busy = true;
  problem = '';
  redraw();
  try {
    await begin(login.value, password.value);
  } catch (error) {
    problem = failure(error);
    password.value = '';
    password.focus();
  }
  busy = false;
  redraw();
}

export const signIn = () => html`<form class="column sign-in" @submit=${submit}>
  <div class="card stack">
    <h1 tabindex="-1">${text('studio.sign_in.title')}</h1>
    <p class="faint">${boot.has_admin ? text('studio.sign_in.hint') : text('studio.sign_in.first')}</p>
    ${credentials({ login: text('studio.sign_in.login'), password: text('studio.sign_in.password') })}
    <p class="problem" role="alert" ?hidden=${!problem}>${problem}</p>
    <button class="button full" ?disabled=${busy}>${text('studio.sign_in.enter')}</button>
  </div>
</form>`;
