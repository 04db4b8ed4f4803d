// Where an event's photos come from by themselves: hot folders, cameras, other photographers and guests.

import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { text } from '../../shared/text.js';
import { confirm } from '../core/dialogs.js';
import { attempt, failure, notify } from '../core/notices.js';
import { endSession } from '../core/session.js';
import { card } from './card.js';
import { openForm } from './form.js';
import { KINDS } from './kinds.js';
import { changeSource, createSource, deleteSource, listSources } from './requests.js';
import { openLink, openSetup } from './setup.js';

const PAUSE = 4000;

export function sourcesPage(id) {
  /** @type {{answer: Api.SourceList | null, problem: string}} */
  const state = { answer: null, problem: '' };
  let polling = null;

  async function read() {
    try {
      Object.assign(state, { answer: await listSources(id), problem: '' });
    } catch (error) {
      if (error.status === 401) return endSession();
      state.problem = failure(error);
    }
    redraw();
  }

  /** Takes over a source as the server has it now. */
  function take(source) {
    const { answer } = state;
    const items = answer?.items.map((one) => (one.id === source.id ? source : one));
    if (answer && items) answer.items = items;
    redraw();
  }

  const change = (source, values) => attempt(async () => take(await changeSource(id, source.id, values)));

  const open = (source) => attempt(async () => {
    if (source.kind === 'contributor') await openLink(id, source);
    else if (state.answer) await openSetup(id, source, state.answer);
  });

  async function renew(source) {
    const [title, body] = source.kind === 'camera'
      ? [text('studio.setup.new_password'), text('studio.setup.new_password_body')]
      : [text('studio.setup.new_link'), text('studio.setup.new_link_body')];
    if (!await confirm({ title, body, action: title })) return;
    await change(source, { new_key: true });
    await open(source);
  }

  async function remove(source) {
    const sure = await confirm({ title: text('studio.sources.remove_title', { name: source.name }),
      body: text('studio.sources.remove_body'), action: text('studio.sources.remove'), danger: true });
    if (!sure) return;
    await attempt(async () => {
      await deleteSource(id, source.id);
      notify(text('studio.sources.removed', { name: source.name }));
    });
    polling.now();
  }

  const run = {
    open, renew, remove,
    pause: (source) => change(source, { paused: !source.paused }),
    edit: (source) => openForm({ kind: source.kind, source,
      save: async (values) => take(await changeSource(id, source.id, values)) }),
  };

  const add = (kind) => openForm({ kind, async save(values) {
    const source = await createSource(id, values);
    state.answer?.items.push(source);
    redraw();
    // The way in is what is needed next.
    if (kind === 'camera' || kind === 'contributor') setTimeout(() => open(source));
  } });

  /** Why a kind cannot be added; nothing where it can. */
  function obstacle(kind, { items, folders_allowed: folders, ftp }) {
    if (kind === 'folder' && !folders) return text('studio.sources.folders_off');
    if (kind === 'camera' && !ftp) return html`${text('studio.sources.ftp_off')}
      <code class="line-of-code">fotota serve --ftp</code> ${text('studio.sources.ftp_config')}
      <code class="line-of-code">[ftp]<br>enabled = true</code>`;
    return kind === 'guests' && items.some((one) => one.kind === 'guests') ? text('studio.sources.guests_there') : '';
  }

  function offer(kind, answer) {
    const { sign, label, hint } = KINDS[kind];
    const why = obstacle(kind, answer);
    return html`<li>${icon(sign)}<div><strong>${label}</strong><p class="hint">${hint}</p>
      ${why ? html`<p class="hint why">${why}</p>` : html`<button type="button" class="button quiet compact"
        aria-label="${text('studio.sources.add')}: ${label}" @click=${() => add(kind)}>
        ${icon('add')}${text('studio.sources.add')}</button>`}</div></li>`;
  }

  return {
    title: () => text('studio.tab.sources'),
    start: () => { polling = poll(read, () => PAUSE); },
    stop: () => polling.stop(),
    render(detail) {
      const { answer, problem } = state;
      if (!answer && !problem) return html`<p class="waiting" role="status">${text('studio.loading')}</p>`;
      return html`${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}
        ${detail.closed_at ? html`<p class="notice">${text('studio.photos.closed')}</p>` : nothing}
        ${answer?.items.length ? html`<ul class="sources">
          ${repeat(answer.items, (source) => source.id, (source) => card(id, source, run))}</ul>` : nothing}
        ${answer ? html`<section class="card stack"><h2>${text('studio.sources.new')}</h2>
          <p class="faint">${text('studio.sources.what')}</p>
          <ul class="kinds">${Object.keys(KINDS).map((kind) => offer(kind, answer))}</ul></section>` : nothing}`;
    },
  };
}
