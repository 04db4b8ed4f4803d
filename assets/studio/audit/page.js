// The audit log, for admins: what accounts that use the studio did, the newest first.

import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { boot, number, text } from '../../shared/text.js';
import { moment } from '../../shared/format.js';
import { redraw } from '../../shared/redraw.js';
import { icon } from '../../shared/icons.js';
import { failure } from '../core/notices.js';
import { readAudit } from '../core/server.js';
import { endSession } from '../core/session.js';
import { actions, ways } from './words.js';

/** @param {Api.AuditView} entry */
function who({ login, user_id: id }) {
  if (login) return login;
  return id === null ? text('studio.audit.nobody') : text('studio.audit.deleted', { id });
}

/** Why it was refused. A sign-in that only lacks its code is nothing to worry about. @param {string} code */
const refused = (code) => (code === 'auth.second_factor_required'
  ? html`<span class="faint">${text('studio.audit.code_asked')}</span>`
  : html`<span class="refused">${text('studio.audit.refused', { reason: boot.text[`error.${code}`] ?? code })}</span>`);

/** @param {Api.AuditView} entry */
const what = ({ action, times, event_name: name, event_id: id, refusal }) => html`
  ${actions[action] ?? action}${times > 1 ? html` · ${text('studio.audit.times', { count: number(times) })}` : nothing}
  ${id === null ? nothing : html`<span class="faint">${name ?? id}</span>`}
  ${refusal ? refused(refusal) : nothing}`;

/** @param {Api.AuditView} entry */
const where = ({ via, network }) => (network ? `${ways[via] ?? via}, ${network}` : ways[via] ?? via);

/** @param {Api.AuditView} entry */
const row = (entry) => html`<tr>
  <td><time datetime=${entry.at}>${moment(entry.at)}</time></td>
  <td>${who(entry)}</td><td>${what(entry)}</td><td>${where(entry)}</td></tr>`;

export function auditPage() {
  /** @type {{entries: Api.AuditView[] | null, next: number | null, days: number, problem: string}} */
  const state = { entries: null, next: null, days: 0, problem: '' };

  async function read() {
    try {
      const page = await readAudit(state.next);
      Object.assign(state, { next: page.next, days: page.keep_days, problem: '' });
      state.entries = [...(state.entries ?? []), ...page.entries];
    } catch (error) {
      if (error.status === 401) return endSession();
      state.problem = failure(error);
    }
    redraw();
  }

  const table = (entries) => html`<div class="audit-scroll" tabindex="0" role="region"
      aria-label=${text('studio.audit.title')}><table class="audit">
    <thead><tr><th scope="col">${text('studio.audit.when')}</th><th scope="col">${text('studio.audit.who')}</th>
      <th scope="col">${text('studio.audit.what')}</th><th scope="col">${text('studio.audit.where')}</th></tr></thead>
    <tbody>${repeat(entries, ({ id }) => id, row)}</tbody></table></div>`;

  function content() {
    if (!state.entries) {
      return state.problem ? nothing : html`<p class="waiting" role="status">${text('studio.loading')}</p>`;
    }
    return html`<p class="faint">${text('studio.audit.hint', { count: number(state.days) })}</p>
      ${state.entries.length ? table(state.entries) : html`<p>${text('studio.audit.none')}</p>`}
      ${state.next === null ? nothing : html`<p><button type="button" class="button quiet" @click=${read}>
        ${text('studio.audit.more')}</button></p>`}`;
  }

  return {
    title: () => text('studio.audit.title'),
    start: read,
    render: () => html`<div class="wide stack">
      <a class="up" href="#/">${icon('back')}${text('studio.events.title')}</a>
      <h1 tabindex="-1">${text('studio.audit.title')}</h1>
      ${state.problem ? html`<p class="problem" role="alert">${state.problem}</p>` : nothing}
      ${content()}
    </div>`,
  };
}
