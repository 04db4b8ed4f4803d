// The account page: sign-in, or what belongs to the signed-in user.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { send, setSession } from '../shared/api.js';
import { boot, text } from '../shared/text.js';
import { visits } from '../shared/visits.js';
import { nextPath, signIn } from './sign-in.js';
import { attempt, change, onChange, state } from './state.js';

const [main, title] = [document.getElementById('view'), document.getElementById('title')];

function draw() {
  const { user, problem, sections, deleted } = state;
  title.textContent = user ? text('account.hello', { name: user.name }) : text('account.title');
  const alert = problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing;
  render(user && sections
    ? html`<div class="column sections">${alert}${sections.map((section) => section(user))}</div>`
    : html`<div class="column stack">${alert}
        ${deleted ? html`<p class="notice" role="status">${text('account.delete.done')}</p>` : nothing}
        ${user ? html`<p class="faint" role="status">${text('page.loading')}</p>` : signIn(open)}</div>`, main);
}

/** Favourites from events that this browser entered as a guest come into the account. */
const collect = () => Promise.allSettled(visits().map(({ base }) => send('POST', `${base}/keep`)));

/** Shows what belongs to the session's user. */
async function open(session, returning = false) {
  setSession(session);
  await collect();
  const next = nextPath();
  if (returning && next) return location.assign(next);
  change({ user: session.user });
  const modules = await Promise.all([
    import('./collection.js'), import('./selfie.js'), import('./drive.js'), import('./second-factor.js'),
    import('./leave.js'),
  ]);
  state.sections = modules.flatMap(({ sections }) => sections);
  for (const module of modules) if ('load' in module) module.load();
  change({});
  if (returning) title.focus();
}

onChange(draw);
draw();
if (state.deleted) history.replaceState(null, '', '/account');
if (boot.signed_in) attempt(async () => open(await send('GET', '/auth/session')));
