// Details of a photo, and its actions.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { number, plural, size, text } from '../../shared/text.js';
import { exactMoment, moment } from '../../shared/format.js';
import { cameraName } from '../clocks/beside.js';
import { words } from '../clocks/offset.js';
import { marks } from './tile.js';

/** Cameras write local time, so a zone is dropped. */
const taken = (time) => moment(time.replace(/([+-]\d\d:\d\d)$/, ''));

/** Where a time comes from, if not from the camera as it took the photo. */
const SOURCES = {
  digitized: () => text('studio.detail.by_digitized'),
  xmp: () => text('studio.detail.by_xmp'),
  changed: () => text('studio.detail.by_changed'),
  file_name: () => text('studio.detail.by_file_name'),
  file: () => text('studio.detail.by_file'),
};

/** The time, and what it is by; of a camera whose clock is off, what it should have shown. */
function takenWith({ taken_at: at, time_source: source, moment: actual, clock_offset_ms: offset }) {
  if (at && offset) {
    return html`${exactMoment(actual)} <span class="hint">
      ${text('studio.detail.by_clock', { offset: words(offset) })}</span>`;
  }
  return at && html`${taken(at)}${source in SOURCES ? html` <span class="hint">${SOURCES[source]()}</span>` : nothing}`;
}

const fact = (label, value) => (value ? html`<div><dt>${label}</dt><dd>${value}</dd></div>` : nothing);

const act = (run, action, sign, label, kind = 'quiet') => html`<button type="button" class="button ${kind} compact"
  @click=${() => run(action)}>${icon(sign)}${label}</button>`;

/** Why a photo could not be indexed: advice, and the error message. */
const why = (photo) => (photo.state === 'failed'
  ? html`<div class="problem small"><p>${text('studio.photo.why')}</p>
      ${photo.failure ? html`<p class="reason" lang="en">${photo.failure}</p>` : nothing}</div>`
  : photo.damaged ? html`<div class="problem small"><p>${text('studio.photo.damaged_why')}</p></div>` : nothing);

/** A value that leads to all photos that have it. */
const link = (label, show) => html`<button type="button" class="link" title=${text('studio.from.only', { name: label })}
  @click=${show}>${label}</button>`;

/** Who took the photo and what brought it; `only(query)` shows the photos with the same. */
function origin({ credit, source_id: id, camera, camera_serial_end: end }, { sources, only }) {
  const source = sources.find((one) => one.id === id);
  const name = camera && cameraName({ camera, serial_end: end });
  return html`
    ${fact(text('studio.detail.credit'), credit && link(credit, () => only({ credit })))}
    ${fact(text('studio.detail.source'), source && link(source.name, () => only({ source: String(source.id) })))}
    ${fact(text('studio.detail.camera'), camera && link(name, () => only({ camera })))}`;
}

/** The answer to a photo that waits, or hiding and showing. */
function visibility(photo, run) {
  if (photo.held) return html`${act(run, 'show', 'check', text('studio.approve.approve'), '')}
    ${act(run, 'hide', 'hide', text('studio.approve.reject'))}`;
  return photo.hidden ? act(run, 'show', 'eye', text('studio.photo.show'))
    : act(run, 'hide', 'hide', text('studio.photo.hide'));
}

/** `about` has the event's sources, `only(query)`, and `showVersions()`. */
export const facts = (photo, faces, run, about) => html`
  <h3 class="file-name">${photo.file_name}</h3>
  <p class="chips">${marks(photo).map((mark) => html`<span class="chip">${mark}</span>`)}</p>
  ${why(photo)}
  ${faces ? html`<p class="hint">
    ${icon('face')} ${plural('studio.count.faces', faces)}. ${text('studio.detail.faces_hint')}</p>`
    : nothing}
  <dl class="facts">
    ${fact(text('studio.detail.taken'), takenWith(photo))}
    ${fact(text('studio.detail.arrived'), moment(photo.created_at))}
    ${origin(photo, about)}
    ${fact(text('studio.detail.size'),
      photo.original_width && `${number(photo.original_width)} × ${number(photo.original_height)}`)}
    ${fact(text('studio.detail.file'), photo.size_bytes && size(photo.size_bytes))}
  </dl>
  <div class="acts">
    ${visibility(photo, run)}
    ${photo.wall === 'pinned' ? act(run, 'unpin', 'pin', text('studio.photo.unpin'))
      : act(run, 'pin', 'pin', text('studio.photo.pin'))}
    ${photo.wall === 'skipped' ? act(run, 'unpin', 'skip', text('studio.photo.unskip'))
      : act(run, 'skip', 'skip', text('studio.photo.skip'))}
    ${photo.state === 'failed' ? act(run, 'retry', 'retry', text('studio.photo.retry')) : nothing}
    <a class="button quiet compact" href=${photo.original_url} download=${photo.file_name}>${icon('download')}
      ${text('studio.photo.original')}</a>
    ${photo.raw_url ? html`<a class="button quiet compact" href=${photo.raw_url} download=${photo.raw_file_name}>
      ${icon('download')}${text('studio.photo.raw')}</a>` : nothing}
    ${photo.versions > 1 ? act(about.showVersions, 'versions', 'picture', text('studio.versions.title')) : nothing}
    ${act(run, 'delete', 'delete', text('studio.photo.delete'), 'danger')}
  </div>`;
