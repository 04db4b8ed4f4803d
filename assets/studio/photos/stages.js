// Photo progress: received, indexed, visible; with rate and time left.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { number, plural, text } from '../../shared/text.js';
import { duration } from '../../shared/format.js';
import { vars } from '../../shared/vars.js';

const stage = (label, count, of) => html`<li ${vars({ '--share': `${of ? (100 * count) / of : 0}%` })}>
  <span class="label">${label}</span><strong>${number(count)}</strong></li>`;

function pace({ pending, per_minute, seconds_left, oldest_pending_seconds }) {
  if (!pending) return html`<span>${text('studio.stages.idle')}</span>`;
  return html`<span>${plural('studio.count.pending', pending)}</span>
    ${per_minute ? html`<span>${text('studio.stages.rate', { count: number(per_minute) })}</span>` : nothing}
    ${seconds_left === null ? nothing
      : html`<span>${text('studio.stages.left', { time: duration(seconds_left) })}</span>`}
    ${oldest_pending_seconds > 60
      ? html`<span>${text('studio.stages.oldest', { time: duration(oldest_pending_seconds) })}</span>` : nothing}`;
}

export function stages(progress, showFailed) {
  if (!progress) return nothing;
  const { received, indexed, visible, hidden, failed, faces } = progress;
  return html`<section class="stages" aria-label=${text('studio.stages.title')}>
    <ol>
      ${stage(text('studio.stages.received'), received, received)}
      ${stage(text('studio.stages.indexed'), indexed, received)}
      ${stage(text('studio.stages.visible'), visible, received)}
    </ol>
    <p class="pace">${pace(progress)}
      ${faces ? html`<span>${plural('studio.count.faces', faces)}</span>` : nothing}
      ${hidden ? html`<span>${plural('studio.count.hidden', hidden)}</span>` : nothing}
      ${failed ? html`<button type="button" class="link bad" @click=${showFailed}>${icon('warning')}
        ${plural('studio.count.failed', failed)}</button>` : nothing}</p>
  </section>`;
}
