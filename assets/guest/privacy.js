// What the server holds about this guest, and how to delete it.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { boot, text } from '../shared/text.js';
import { toast } from '../shared/toast.js';
import { attempt, leave, state, withdraw } from './state.js';
import { forgetFace } from './search.js';
import { ends } from './welcome.js';

async function run(action, sentence) {
  if (await attempt(action)) toast(sentence);
}

const row = (title, words, button, press, danger) => html`
  <div class="card stack">
    <h3>${title}</h3>
    <p class="small faint">${words}</p>
    ${button ? html`<button class="button compact ${danger ? 'danger' : 'quiet'}" type="button" @click=${press}>
      ${button}</button>` : nothing}
  </div>`;

function held() {
  if (!state.searching) return text('privacy.face.none');
  return text(state.tapped ? 'privacy.face.tapped' : 'privacy.face.held', { hours: boot.selfie_hours });
}

export const privacy = () => html`
  <section class="column stack privacy appear">
    <h2 tabindex="-1">${text('page.your_data')}</h2>
    ${row(text('privacy.face.title'),
      held(),
      state.searching && text('privacy.face'), () => run(forgetFace, text('privacy.face.done')))}
    ${state.consented ? row(text('privacy.consent.title'), text('privacy.consent.hint'), text('privacy.withdraw'),
      () => run(withdraw, text('privacy.withdraw.done'))) : nothing}
    ${ends() ? row(text('privacy.event.title'), ends()) : nothing}
    ${row(text('privacy.all.title'), text('privacy.all.hint'), text('privacy.all'), () => attempt(leave), true)}
    <p><a class="link" href="#me">${text('privacy.back')}</a></p>
  </section>`;
