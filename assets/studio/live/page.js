// Live stats of an event: totals, plots over time and warnings. Nothing about single persons.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { number, plural, size, text, time } from '../../shared/text.js';
import { duration, percent } from '../../shared/format.js';
import { health } from '../core/health.js';
import { failure } from '../core/notices.js';
import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { consentsPath, readProgress, readStatistics } from '../core/server.js';
import { endSession } from '../core/session.js';
import { backupsInWords } from './backups.js';
import { dayPlots, leaveDay, watchDay } from './day.js';
import { plot } from './plot.js';
import { warnings } from './warnings.js';

const PAUSE = 4000;

const tile = (label, value, note = '') => html`<div class="figure"><dt>${label}</dt><dd>${value}
  ${note ? html`<span class="note">${note}</span>` : nothing}</dd></div>`;

function tiles({ totals }, progress) {
  const { photos, faces, guests, searches, hits, downloads } = totals;
  return html`<dl class="figures">
    ${tile(text('studio.live.photos'), number(photos),
      progress?.hidden ? plural('studio.count.hidden', progress.hidden) : '')}
    ${tile(text('studio.live.faces'), number(faces))}
    ${tile(text('studio.live.guests'), number(guests))}
    ${tile(text('studio.live.searches'), number(searches))}
    ${tile(text('studio.live.hit_rate'), searches ? percent(hits / searches) : '–', text('studio.live.hit_rate_note'))}
    ${tile(text('studio.live.downloads'), number(downloads))}
  </dl>`;
}

function machine(status, progress) {
  if (!status) return nothing;
  const queue = progress?.pending
    ? [plural('studio.count.pending', progress.pending),
      progress.seconds_left === null ? '' : text('studio.stages.left', { time: duration(progress.seconds_left) })]
    : [text('studio.stages.idle')];
  return html`<section class="card stack"><h2>${text('studio.live.machine')}</h2><dl class="facts">
    <div><dt>${text('studio.live.queue')}</dt><dd>${queue.filter(Boolean).join(' · ')}</dd></div>
    ${status.pending_again ? html`<div><dt>${text('studio.live.again')}</dt><dd>${text('studio.live.again_value',
      { left: number(status.pending_again), total: number(status.indexed) })}</dd></div>` : nothing}
    <div><dt>${text('studio.live.disk')}</dt><dd>${text('studio.live.disk_value',
      { free: size(status.disk_free_bytes), total: size(status.disk_total_bytes) })}</dd></div>
    ${status.backups ? html`<div><dt>${text('studio.live.backups')}</dt>
      <dd>${backupsInWords(status.backups)}</dd></div>` : nothing}
    <div><dt>${text('studio.live.address')}</dt><dd>${status.base_url}</dd></div>
    <div><dt>${text('studio.live.workers')}</dt><dd>${number(status.workers)}</dd></div>
    <div><dt>${text('studio.live.version')}</dt><dd>${status.version} (${status.pack})</dd></div></dl></section>`;
}

const consents = (id, { given, withdrawn }) => html`<section class="card stack"><h2>${text('studio.live.consents')}</h2>
  <p>${plural('studio.live.given', given)}, ${plural('studio.live.withdrawn', withdrawn)}</p>
  <p class="faint">${text('studio.live.consents_hint')}</p>
  <p><a class="button quiet compact" href=${consentsPath(id)} download>
    ${icon('download')}${text('studio.live.csv')}</a></p>
</section>`;

// An estimate: digits beyond these say nothing.
const MOST = 1000;
/** A larger share is too rough a bound to be of use. */
const LARGEST_SHARE = 0.2;

function mistakes(share) {
  if (share === null || share > LARGEST_SHARE) return nothing;
  const count = Math.min(MOST, Math.floor(1 / share));
  return html`<section class="card stack"><h2>${text('studio.live.mistakes')}</h2>
    <p>${text('studio.live.mistakes_bound', { count: number(count) })}</p>
    <p class="faint">${text('studio.live.mistakes_hint')}</p></section>`;
}

function plots({ series, slot_seconds: slot }) {
  const line = (name, label, kind = 'first') => ({ name: label, points: series[name], kind });
  const photos = [line('photos', text('studio.live.photos'))];
  const guests = [line('guests', text('studio.live.guests'))];
  const searches = [line('searches', text('studio.live.searches')), line('hits', text('studio.live.hits'), 'second')];
  const downloads = [line('downloads', text('studio.live.downloads'))];
  const all = [...photos, ...guests, ...searches, ...downloads];
  return html`<div class="panels">
    ${plot({ title: text('studio.live.plot_photos'), slot, lines: photos, all })}
    ${plot({ title: text('studio.live.plot_guests'), slot, lines: guests, all })}
    ${plot({ title: text('studio.live.plot_searches'), slot, lines: searches, all })}
    ${plot({ title: text('studio.live.plot_downloads'), slot, lines: downloads, all })}
  </div>`;
}

export function livePage(id) {
  /** @type {{statistics: Api.Statistics | null, progress: Api.Progress | null, problem: string, at: string}} */
  const state = { statistics: null, progress: null, problem: '', at: '' };
  let polling = null;

  async function read() {
    try {
      [state.statistics, state.progress] = await Promise.all([readStatistics(id), readProgress(id)]);
      Object.assign(state, { problem: '', at: new Date().toISOString() });
    } catch (error) {
      if (error.status === 401) return endSession();
      state.problem = failure(error);
    }
    redraw();
  }

  return {
    title: () => text('studio.tab.live'),
    start() {
      polling = poll(read, () => PAUSE);
      watchDay();
    },
    stop() {
      polling.stop();
      leaveDay();
    },
    render() {
      const { statistics, progress, problem, at } = state;
      return html`${warnings(health.status, state.progress)}
        ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}
        ${statistics ? html`${tiles(statistics, progress)}${plots(statistics)}
          <div class="panels">${machine(health.status, progress)}${consents(id, statistics.consents)}
            ${mistakes(statistics.wrong_searches)}</div>
          ${dayPlots()}
          <p class="faint small">${text('studio.live.as_of', { time: time(at) })}</p>`
          : html`<p class="waiting" role="status">${text('studio.loading')}</p>`}`;
    },
  };
}
