// The account page: who is not signed in signs in, who is finds what is theirs.

import { html, nothing, render } from '../vendor/lit-html/lit-html.js';
import { boot, reason, text } from '../shared/text.js';
import { send, setSession } from '../shared/api.js';
import { signIn } from './sign_in.js';

const [main, title] = ['view', 'title'].map((id) => document.getElementById(id));
/** What the page holds of the user; sections draw themselves from it. */
const page = { user: null, problem: null, sections: null, deleted: new URLSearchParams(location.search).has('deleted') };

/** Where to go after signing in: a path of this server's, or nowhere. */
export function nextPath() {
  const next = new URLSearchParams(location.search).get('next');
  return next && /^\/(?![/\\])[\w/-]*$/.test(next) ? next : null;
}

export function draw() {
  title.textContent = page.user ? text('account.hello', { name: page.user.name }) : text('account.title');
  const problem = page.problem ? html`<p class="problem" role="alert">${page.problem}</p>` : nothing;
  render(page.user && page.sections
    ? html`<div class="column sections">${problem}${page.sections.map((section) => section(page.user))}</div>`
    : html`<div class="column stack">${problem}
        ${page.deleted ? html`<p class="notice" role="status">${text('account.delete.done')}</p>` : nothing}
        ${page.user ? html`<p class="faint" role="status">${text('page.loading')}</p>` : signIn(attempt, open)}</div>`, main);
}

/** Does it; a refusal becomes a sentence at the top. Whether it was done. */
export async function attempt(action, sentence = reason) {
  try {
    page.problem = null;
    await action();
    return true;
  } catch (error) {
    page.problem = sentence(error);
    if (error.code === 'auth.required') page.sections && gone();
    scrollTo(0, 0);
    return false;
  } finally {
    draw();
  }
}

export function change(user) {
  page.user = user;
  draw();
}

/** A fresh page, which holds nothing of who used this one. */
export const gone = (deleted = false) => location.replace(deleted ? '/account?deleted' : '/account');

/** Shows what the session holds. */
async function open(session, returning = false) {
  const next = nextPath();
  if (returning && next) return location.assign(next);
  setSession(session);
  page.user = session.user;
  draw();
  const modules = await Promise.all([
    import('./collection.js'), import('./selfie.js'), import('./drive.js'), import('./leave.js'),
  ]);
  page.sections = modules.flatMap(({ sections }) => sections);
  for (const { begin } of modules) begin?.();
  draw();
  if (returning) title.focus();
}

draw();
if (page.deleted) history.replaceState(null, '', '/account');
if (boot.signed_in) attempt(async () => open(await send('GET', '/auth/session')));
