// What the photographer should look at, in words.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { duration } from '../../shared/format.js';
import { plural, text } from '../../shared/text.js';
import { session } from '../core/session.js';
import { confirmClock } from '../erasures/clock.js';

function damaged({ damaged: count, damaged_files: files }) {
  const names = files.map(({ file_name: name, event }) => `${name} (${event})`);
  const shown = [...new Set(names), ...(count > files.length ? ['…'] : [])].join(', ');
  return plural('studio.warning.files_damaged', count, { names: shown });
}

/** Only an admin may say that the clock is right. */
const clockJumped = () => html`${text('studio.warning.clock_jumped')}
  ${session.user?.is_admin ? html`<button type="button" class="link" @click=${confirmClock}>
    ${text('studio.clock.check')}</button>` : nothing}`;

function warning(name, status) {
  switch (name) {
    case 'files_damaged': return damaged(status);
    case 'disk_low': return text('studio.warning.disk_low');
    case 'disk_filling': return text('studio.warning.disk_filling', { time: duration(status.seconds_until_full ?? 0) });
    case 'queue_grows': return text('studio.warning.queue_grows');
    case 'camera_silent': return text('studio.warning.camera_silent');
    case 'stuck': return text('studio.warning.stuck');
    case 'local_only': return text('studio.warning.local_only');
    case 'link_local': return text('studio.warning.link_local');
    case 'no_guests': return text('studio.warning.no_guests');
    case 'tether': return text('studio.warning.tether');
    case 'address_gone': return text('studio.warning.address_gone');
    case 'search_stopped': return text('studio.warning.search_stopped');
    case 'service_failed': return text('studio.warning.service_failed');
    case 'clock_jumped': return clockJumped();
    case 'backup_old': return text('studio.warning.backup_old');
    default: return text('studio.warning.other', { name });
  }
}

export function warnings(status, progress) {
  const names = [...(status?.warnings ?? []), ...(progress?.search_stopped ? ['search_stopped'] : [])];
  if (!names.length) return nothing;
  return html`<div role="status"><ul class="warnings">${names.map((name) =>
    html`<li>${icon('warning')}<span>${warning(name, status)}</span></li>`)}</ul></div>`;
}
