// Two-step verification: a code of an authenticator app beside the password.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { send } from '../shared/api.js';
import { dayAt, text } from '../shared/text.js';
import { toast } from '../shared/toast.js';
import { attempt, change } from './state.js';

const PATH = '/users/me/second-factor';

/** `status` is null until it is loaded; `fresh` is the secret to be scanned, `codes` are shown once. */
/** @type {{status: Api.SecondFactorStatus | null, fresh: Api.NewSecondFactor | null, codes: string[] | null}} */
const factor = { status: null, fresh: null, codes: null };

async function refresh() {
  factor.status = await send('GET', PATH);
}

export const load = () => attempt(refresh);

const values = (event) => {
  event.preventDefault();
  return Object.fromEntries(new FormData(event.target));
};

/** A submit handler that sends the form's values, and takes over the answer. */
const submit = (method, path, taken) => async (event) => {
  const form = event.target;
  const json = values(event);
  const done = await attempt(async () => {
    await taken(await send(method, path, { json }));
    await refresh();
    form.reset();
  });
  if (done) document.getElementById('second-factor')?.focus();
};

const begin = submit('POST', PATH, (fresh) => { Object.assign(factor, { fresh, codes: null }); });
const confirm = submit('PUT', PATH, ({ recovery_codes: codes }) => { Object.assign(factor, { fresh: null, codes }); });
const renew = submit('POST', `${PATH}/recovery-codes`, ({ recovery_codes: codes }) => { factor.codes = codes; });
const remove = submit('DELETE', PATH, () => {
  factor.codes = null;
  toast(text('account.second_factor.removed'));
});

const password = () => html`<label class="field">${text('account.password')}
  <input name="password" type="password" autocomplete="current-password" maxlength="1000" required></label>`;

const code = (label) => html`<label class="field">${label}
  <input name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" maxlength="40"
    required></label>`;

const button = (key, kind = '') => html`<p><button class="button compact ${kind}">${text(key)}</button></p>`;

const off = () => html`
  <p class="small faint">${text('account.second_factor.hint')}</p>
  <form class="stack" @submit=${begin}>${password()}${button('account.second_factor.begin')}</form>`;

function cancel() {
  factor.fresh = null;
  change({});
}

/** @param {Api.NewSecondFactor} fresh */
const scan = ({ qr, secret }) => html`
  <p>${text('account.second_factor.scan')}</p>
  <div class="qr"><img src="data:image/svg+xml,${encodeURIComponent(qr)}" alt=${text('account.second_factor.qr')}
    width="240" height="240"></div>
  <p class="small">${text('account.second_factor.type')} <code class="secret">${secret}</code></p>
  <form class="stack" @submit=${confirm}>
    ${code(text('account.second_factor.code'))}${button('account.second_factor.confirm')}</form>
  <p><button class="link" type="button" @click=${cancel}>${text('account.second_factor.cancel')}</button></p>`;

const listed = (codes) => html`<div class="notice stack" role="status">
  <p>${text('account.second_factor.keep')}</p>
  <ul class="codes">${codes.map((one) => html`<li><code>${one}</code></li>`)}</ul></div>`;

/** @param {Api.SecondFactorStatus} status */
const on = (status) => html`
  <p>${text('account.second_factor.on', { date: dayAt(status.enabled_at ?? '') })}
    ${text('account.second_factor.left', { count: status.recovery_codes_left })}</p>
  ${factor.codes ? listed(factor.codes) : nothing}
  <details><summary>${text('account.second_factor.renew')}</summary>
    <form class="stack" @submit=${renew}>
      ${code(text('account.second_factor.code'))}${button('account.second_factor.renew', 'quiet')}</form></details>
  <details><summary>${text('account.second_factor.remove')}</summary>
    <form class="stack" @submit=${remove}>${password()}
      ${code(text('account.second_factor.any_code'))}
      ${button('account.second_factor.remove', 'danger')}</form></details>`;

function body(status) {
  if (factor.fresh) return scan(factor.fresh);
  return status.enabled_at ? on(status) : off();
}

const section = () => (factor.status?.has_password ? html`
  <section>
    <h2 id="second-factor" tabindex="-1">${text('account.second_factor')}</h2>
    <div class="card stack">${body(factor.status)}</div>
  </section>` : nothing);

export const sections = [section];
