// Creates the first admin account. The link's token is in the fragment, which browsers do not send.

import { boot, reason, text } from '../shared/text.js';
import { send } from '../shared/api.js';

const form = document.getElementById('account');
const problem = document.getElementById('problem');
const done = document.getElementById('done');
const token = location.hash.slice(1);
// On the internet passwords must be stronger.
if (boot.least_password > 8) {
  for (const label of document.querySelectorAll('#password-label')) label.textContent = text('setup.password.strong');
  for (const field of form.querySelectorAll('input[type="password"]')) {
    /** @type {HTMLInputElement} */ (field).minLength = boot.least_password;
  }
}
// The token must not stay in the address bar or the history.
history.replaceState(null, '', location.pathname);

function sentence(error) {
  if (error.field === 'login') return text('setup.wrong.login');
  return error.field === 'password' ? text('setup.wrong.password') : reason(error);
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  problem.hidden = true;
  const { login, password } = Object.fromEntries(new FormData(form));
  try {
    await send('POST', '/setup', { json: { token, login, password } });
  } catch (error) {
    problem.textContent = sentence(error);
    problem.hidden = false;
    return;
  }
  form.hidden = true;
  done.hidden = false;
  done.focus();
});
