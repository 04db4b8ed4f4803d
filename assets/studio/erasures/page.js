// What was erased, when and why: a page to read and to print.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { moment } from '../../shared/format.js';
import { icon } from '../../shared/icons.js';
import { redraw } from '../../shared/redraw.js';
import { plural, text } from '../../shared/text.js';
import { failure } from '../core/notices.js';
import { endSession, session } from '../core/session.js';
import { readErasures } from './requests.js';

function what({ kind, event_name: name }) {
  switch (kind) {
    case 'event': return text('studio.erased.event', { name });
    case 'faces': return text('studio.erased.faces', { name });
    case 'account': return text('studio.erased.account');
    case 'selfie': return text('studio.erased.selfie');
    case 'drive': return text('studio.erased.drive');
    default: return text('studio.erased.restore');
  }
}

function why(reason) {
  switch (reason) {
    case 'date': return text('studio.erased.why.date');
    case 'owner': return text('studio.erased.why.owner');
    case 'user': return text('studio.erased.why.user');
    case 'admin': return text('studio.erased.why.admin');
    case 'unused': return text('studio.erased.why.unused');
    case 'age': return text('studio.erased.why.age');
    default: return text('studio.erased.why.backup');
  }
}

const count = (key, number) => (number ? [plural(key, number)] : []);

const howMuch = ({ photos, faces, people, selfies, copies }) => [
  ...count('studio.erased.photos', photos), ...count('studio.erased.face_count', faces),
  ...count('studio.erased.people', people), ...count('studio.erased.selfies', selfies),
  ...count('studio.erased.copies', copies),
].join(', ');

const row = (entry) => html`<tr><th scope="row">${entry.number}</th><td>${moment(entry.at)}</td>
  <td>${what(entry)}<br><span class="faint">${howMuch(entry)}</span></td><td>${why(entry.reason)}</td>
  <td class="seal">${entry.signature ? html`<code>${entry.seal}</code>` : text('studio.erased.unsigned')}</td></tr>`;

const table = (items) => html`<div class="scroll"><table class="erasures"><thead><tr>
    <th scope="col">${text('studio.erased.number')}</th><th scope="col">${text('studio.erased.when')}</th>
    <th scope="col">${text('studio.erased.what')}</th><th scope="col">${text('studio.erased.why')}</th>
    <th scope="col">${text('studio.erased.seal')}</th></tr></thead>
  <tbody>${items.map(row)}</tbody></table></div>`;

export function erasuresPage() {
  /** @type {{record: Api.Erasures | null, problem: string, at: string}} */
  const state = { record: null, problem: '', at: '' };

  async function read() {
    try {
      state.record = await readErasures();
      state.at = new Date().toISOString();
    } catch (error) {
      if (error.status === 401) return endSession();
      state.problem = failure(error);
    }
    redraw();
  }

  const content = ({ items, fault, public_key: key }) => html`
    <p>${text('studio.erased.intro')}</p>
    ${fault ? html`<p class="problem" role="alert">${text('studio.erased.fault', { fault })}</p>`
      : html`<p>${text('studio.erased.sound')}</p>`}
    ${items.length ? table(items) : html`<p class="faint">${text('studio.erased.none')}</p>`}
    <p class="small faint seal">${text('studio.erased.key')} <code>${key}</code></p>
    <p class="small faint">${text('studio.erased.printed', { date: moment(state.at), name: session.user?.name })}</p>`;

  return {
    title: () => text('studio.erased.title'),
    start() { read(); },
    render: () => html`<div class="wide stack to-print">
      <a class="up" href="#/">${icon('back')}${text('studio.events.title')}</a>
      <div class="page-head"><h1 tabindex="-1">${text('studio.erased.title')}</h1>
        <button type="button" class="button quiet compact" ?disabled=${!state.record} @click=${() => print()}>
          ${text('studio.erased.print')}</button></div>
      ${state.problem ? html`<p class="problem" role="alert">${state.problem}</p>` : nothing}
      ${state.record ? content(state.record) : nothing}</div>`,
  };
}
