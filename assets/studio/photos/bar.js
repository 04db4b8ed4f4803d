// The bar above the grid: filter and order, or the actions for the selected photos.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { plural, text } from '../../shared/text.js';
import { from } from './from.js';

const filters = (held) => [
  ['all', text('studio.filter.all')], ...(held ? [['held', text('studio.filter.held')]] : []),
  ['waiting', text('studio.filter.waiting')],
  ['failed', text('studio.filter.failed')], ['hidden', text('studio.filter.hidden')],
];

function choices(listing, selection, { sources, taken, held }) {
  const reverse = () => listing.change({ order: listing.order === 'asc' ? 'desc' : 'asc' });
  return html`<div class="bar-line">
    <div class="segments" role="group" aria-label=${text('studio.filter.label')}>
      ${filters(held || listing.filter === 'held').map(([value, label]) => html`
      <button type="button" aria-pressed=${listing.filter === value ? 'true' : 'false'}
        @click=${() => listing.change({ filter: value })}>${label}</button>`)}</div>
    <div class="order">
      ${from(listing, { sources, taken })}
      <label><span class="said">${text('studio.sort.label')}</span>
        <select class="plain" @change=${(event) => listing.change({ sort: event.target.value })}>
          <option value="created_at" ?selected=${listing.sort === 'created_at'}>${text('studio.sort.arrival')}</option>
          <option value="taken_at" ?selected=${listing.sort === 'taken_at'}>${text('studio.sort.taken')}</option>
          <option value="file_name" ?selected=${listing.sort === 'file_name'}>${text('studio.sort.name')}</option>
        </select></label>
      <button type="button" class="tool framed ${listing.order}" @click=${reverse} title=${text('studio.sort.turn')}
        aria-label=${listing.order === 'asc' ? text('studio.sort.ascending') : text('studio.sort.descending')}>
        ${icon('down')}</button>
      ${listing.total ? html`<button type="button" class="button quiet compact" @click=${() => selection.all()}>
        ${text('studio.select_all')}</button>` : nothing}
    </div></div>`;
}

const act = (run, action, sign, label, { kind = 'quiet', title = label } = {}) => html`
  <button type="button" class="button ${kind} compact" title=${title}
    @click=${() => run(action)}>${icon(sign)}${label}</button>`;

const chosen = (listing, selection, run) => html`<div class="bar-line choosing">
  <button type="button" class="tool" aria-label=${text('studio.select_none')} title=${text('studio.select_none')}
    @click=${() => selection.clear()}>${icon('close')}</button>
  <p role="status"><strong>${plural('studio.count.chosen', selection.ids.size)}</strong></p>
  <div class="acts">
    ${listing.filter === 'held' ? html`
      ${act(run, 'show', 'check', text('studio.approve.approve'), { kind: '' })}
      ${act(run, 'hide', 'hide', text('studio.approve.reject'))}` : html`
      ${act(run, 'hide', 'hide', text('studio.photo.hide'))}
      ${act(run, 'show', 'eye', text('studio.photo.show'))}`}
    ${act(run, 'pin', 'pin', text('studio.bar.pin'), { title: text('studio.photo.pin') })}
    ${act(run, 'skip', 'skip', text('studio.bar.skip'), { title: text('studio.photo.skip') })}
    ${act(run, 'unpin', 'wall', text('studio.bar.unpin'), { title: text('studio.photo.unpin') })}
    ${listing.filter === 'failed' ? act(run, 'retry', 'retry', text('studio.photo.retry')) : nothing}
    ${act(run, 'delete', 'delete', text('studio.photo.delete'), { kind: 'danger' })}
  </div></div>`;

/** `about` has the event's sources, who took its photos, and how many wait for approval. */
export const bar = (listing, selection, run, about) => html`<div class="bar-sticky">
  ${selection.ids.size ? chosen(listing, selection, run) : choices(listing, selection, about)}</div>`;
