// The card "Rehearsal": an evening played on this computer, and what would be the limit: this computer or the Wi-Fi.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { number, text } from '../../shared/text.js';
import { confirm } from '../core/dialogs.js';
import { attempt } from '../core/notices.js';
import { readRehearsal, startRehearsal, stopRehearsal } from '../core/server.js';
import { session } from '../core/session.js';

const GUESTS = [50, 100, 300];
const SECONDS = [30, 60, 120];
const PAUSE = 1500;
/** While none runs: another browser may start one. */
const LONG_PAUSE = 15_000;
/** @type {{now: Api.RehearsalStatus | null, guests: number, seconds: number, busy: boolean}} */
const state = { now: null, guests: 100, seconds: 60, busy: false };
let polling = null;

async function read() {
  if (!session.user?.is_admin) return;
  state.now = await readRehearsal();
  redraw();
}

export function watchRehearsal() {
  polling ??= poll(read, () => (state.now?.running ? PAUSE : LONG_PAUSE));
}

export function leaveRehearsal() {
  polling?.stop();
  polling = null;
}

/** Does something and looks what came of it. */
async function act(task) {
  if (state.busy) return;
  state.busy = true;
  redraw();
  await attempt(task);
  await attempt(read);
  state.busy = false;
  polling?.now();
  redraw();
}

const start = () => act(async () => {
  const { guests_lately: lately } = await readRehearsal();
  const sure = !lately || await confirm({ title: text('studio.rehearsal.guests_title'),
    body: text('studio.rehearsal.guests_body'), action: text('studio.rehearsal.anyway') });
  if (sure) await startRehearsal({ guests: state.guests, within_seconds: state.seconds, despite_guests: lately });
});

/** At least a tenth: nobody waits for 0 seconds. */
const seconds = (ms) => number(Math.max(1, Math.round(ms / 100)) / 10);

/** @param {Api.RehearsalReport} report */
function verdict({ limit, failed, guests, within_seconds: within, p95_ms: p95, megabits_per_second: needed }) {
  const values = { guests: number(guests), within: number(within), wait: seconds(p95), needed: number(needed) };
  if (failed) return text('studio.rehearsal.limit.failed', { ...values, failed: number(failed) });
  switch (limit) {
    case 'computer': return text('studio.rehearsal.limit.computer', values);
    case 'wifi': return text('studio.rehearsal.limit.wifi', values);
    default: return text('studio.rehearsal.limit.none', values);
  }
}

/** @param {Api.RehearsalReport} report */
const outcome = (report) => html`<div class="finding ${report.limit === 'none' ? 'ok' : 'warn'}">
  ${icon(report.limit === 'none' ? 'check' : 'warning')}<span><strong>${verdict(report)}</strong>
  <span class="hint">${text('studio.rehearsal.numbers', { median: seconds(report.median_ms),
    slowest: seconds(report.slowest_ms), whole: seconds(report.whole_p95_ms),
    megabytes: number(report.megabytes) })}</span></span></div>`;

/** @param {Api.RunningRehearsal} running */
function progress({ doing, guests, within_seconds: within, elapsed_seconds: elapsed, takes_seconds: takes }) {
  const doingNow = doing === 'guests'
    ? text('studio.rehearsal.doing.guests', { guests: number(guests), within: number(within) })
    : text('studio.rehearsal.doing.photos');
  const left = Math.ceil((takes - elapsed) / 5) * 5;
  return html`<p role="status">${doingNow}</p>
    <progress max=${takes} value=${Math.min(elapsed, takes)} aria-label=${text('studio.rehearsal.title')}></progress>
    <p class="hint">${left > 0 ? text('studio.rehearsal.left', { left: number(left) })
      : text('studio.rehearsal.longer')}</p>
    <p><button type="button" class="button quiet compact" aria-busy=${state.busy}
      @click=${() => act(stopRehearsal)}>${text('studio.rehearsal.stop')}</button></p>`;
}

const pick = (name, label, choices, said) => html`<div class="field"><label>${label}
  <select @change=${(event) => { state[name] = choices[event.target.selectedIndex]; }}>
    ${choices.map((one) => html`<option ?selected=${one === state[name]}>${said(one)}</option>`)}
  </select></label></div>`;

const choice = () => html`<div class="columns">
    ${pick('guests', text('studio.rehearsal.guests'), GUESTS, number)}
    ${pick('seconds', text('studio.rehearsal.within'), SECONDS,
    (one) => text('studio.rehearsal.seconds', { seconds: number(one) }))}</div>
  <p class="hint">${text('studio.rehearsal.before')}</p>
  <p><button type="button" class="button quiet compact" aria-busy=${state.busy}
    @click=${start}>${text('studio.rehearsal.start')}</button></p>`;

/** @param {Api.RehearsalStatus} now */
const last = ({ report, problem }) => html`<div role="status">${report ? outcome(report) : nothing}
  ${problem ? html`<p class="problem">${text('studio.rehearsal.failed', { problem })}</p>` : nothing}</div>`;

/** For admins: it is about the computer, not about an event. */
export function rehearsalCard() {
  const { now } = state;
  if (!session.user?.is_admin || !now) return nothing;
  return html`<section class="card stack rehearsal"><h2>${text('studio.rehearsal.title')}</h2>
    <p class="hint">${text('studio.rehearsal.hint')}</p>
    ${now.running ? progress(now.running) : html`${last(now)}${choice()}`}</section>`;
}
