// The bar above every page: brand, disk space and account.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { size, text } from '../../shared/text.js';
import { isUploading } from '../../shared/uploads/queue.js';
import { confirm } from './dialogs.js';
import { health } from './health.js';
import { notify } from './notices.js';
import { session, signOut } from './session.js';

async function leave() {
  const safe = !isUploading() || await confirm({
    title: text('studio.sign_out'),
    body: text('studio.sign_out_uploading'),
    action: text('studio.sign_out'),
    danger: true,
  });
  if (safe && !await signOut()) notify(text('studio.sign_out_unsure'), { alarm: true });
}

function disk() {
  const { status } = health;
  if (!status) return nothing;
  const low = status.warnings.includes('disk_low');
  return html`<p class="disk ${low ? 'low' : ''}">${low ? icon('warning') : nothing}
    ${text('studio.disk_left', { size: size(status.disk_free_bytes) })}</p>`;
}

const account = () => html`${disk()}
  <a class="who" href="/account" title=${text('studio.your_account')}>${session.user?.name}</a>
  <button type="button" class="button quiet compact" @click=${leave}>${text('studio.sign_out')}</button>`;

export const top = () => html`<a class="skip" href="#main" @click=${toMain}>${text('studio.skip')}</a>
<header class="top">
  <a class="brand" href="#/">${mark()}<span>FotoTa</span> <span class="faint">${text('studio.title')}</span></a>
  ${session.state === 'in' ? account() : nothing}
</header>`;

// The fragment names pages here, so the skip link moves the focus itself.
function toMain(event) {
  event.preventDefault();
  document.querySelector('main h1, main')?.focus();
}

const mark = () => html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
  <rect width="32" height="32" rx="9"></rect>
  <path d="M7 12V8a1 1 0 0 1 1-1h4M20 7h4a1 1 0 0 1 1 1v4M25 20v4a1 1 0 0 1-1 1h-4M12 25H8a1 1 0 0 1-1-1v-4"></path>
  <circle cx="16" cy="14" r="3.5"></circle><path class="full" d="M10 22a6 5 0 0 1 12 0z"></path></svg>`;
