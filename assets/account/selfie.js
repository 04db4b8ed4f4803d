// The selfie saved with the account, and the consent that goes with it.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { send } from '../shared/api.js';
import { localPath } from '../shared/local-path.js';
import { shrink } from '../shared/picture.js';
import { text } from '../shared/text.js';
import { toast } from '../shared/toast.js';
import { attempt, change, state } from './state.js';

async function store(changed) {
  const [file] = changed.target.files;
  changed.target.value = '';
  if (!file) return;
  const body = new FormData();
  body.append('selfie_file', await shrink(file), 'selfie.jpg');
  const stored = await attempt(async () => change({ user: await send('POST', '/users/me/selfie', { body }) }));
  // The page says what is wrong with a picture that was stored all the same.
  if (stored && !state.user?.selfie_issue) toast(text('account.selfie.stored'));
}

async function remove(user) {
  const done = await attempt(async () => {
    await send('DELETE', '/users/me/selfie');
    change({ user: { ...user, selfie: null, selfie_issue: null } });
  });
  if (done) toast(text('account.selfie.deleted'));
}

const selfie = (user) => html`
  <section>
    <h2>${text('account.selfie')}</h2>
    <div class="card stack">
      <div class="selfie-row">
        ${user.selfie ? html`<img src=${localPath(user.selfie)} alt=${text('account.selfie')}>` : nothing}
        <div class="stack">
          ${user.selfie_issue ? html`<p class="problem">${text(`error.${user.selfie_issue}`)}</p>` : nothing}
          <p class="small faint">${text('account.selfie.consent')}</p>
        </div>
      </div>
      <div class="row">
        <label class="button compact">${user.selfie ? text('account.selfie.replace') : text('account.selfie.store')}
          <input type="file" accept="image/*" @change=${store}></label>
        ${user.selfie ? html`<button class="button quiet compact" type="button" @click=${() => remove(user)}>
          ${text('account.selfie.delete')}</button>` : nothing}
      </div>
    </div>
  </section>`;

export const sections = [selfie];
