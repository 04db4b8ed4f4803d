// How guests enter: links, QR codes, an invitation for one guest, and sheets to print.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { text } from '../../shared/text.js';
import { addressCard, addressTroubles } from '../address/card.js';
import { onMove } from '../address/state.js';
import { notifyFailure } from '../core/notices.js';
import { redraw } from '../../shared/redraw.js';
import { readSharing } from '../core/server.js';
import { rememberShared } from '../events/checklist.js';
import { copy } from './copy.js';
import { invitation } from './invitation.js';
import { printSet } from './print-set.js';
import { qr } from './qr.js';

const line = (label, value, hint) => html`<div class="link-line"><div><strong>${label}</strong>
  <p class="hint">${hint}</p><code>${value}</code></div>
  <button type="button" class="button quiet compact" aria-label="${text('studio.copy')}: ${label}"
    @click=${() => copy(value)}>${icon('copy')}${text('studio.copy')}</button></div>`;

export function sharePage(id) {
  /** @type {{links: Api.Sharing | null, keyed: boolean}} */
  const state = { links: null, keyed: false };
  const set = printSet(id);
  const invite = invitation(id);

  let settled = () => {};

  async function read() {
    try {
      state.links = await readSharing(id);
      rememberShared();
    } catch (error) {
      notifyFailure(error);
    }
    redraw();
  }

  function codes({ link, keyed_link: keyed }, detail) {
    const shown = state.keyed ? keyed : link;
    return html`<section class="card share-main">
      ${qr(shown, text('studio.share.qr', { name: detail.name }))}
      <div class="stack">
        <h2>${text('studio.share.title')}</h2>
        <p class="faint">${text('studio.share.hint')}</p>
        ${detail.password_protected ? html`<label class="switch"><input type="checkbox" .checked=${state.keyed}
          @change=${(event) => { state.keyed = event.target.checked; redraw(); }}>
          <span><strong>${text('studio.share.keyed')}</strong><span class="hint">
            ${text('studio.share.keyed_hint')}</span></span>
          </label>` : nothing}
        <code class="main-link">${shown}</code>
        <div class="acts">
          <button type="button" class="button" @click=${() => copy(shown)}>
            ${icon('copy')}${text('studio.share.copy')}</button>
          <a class="button quiet" href=${shown} target="_blank" rel="noreferrer">
            ${icon('next')}${text('studio.share.open')}</a>
        </div>
      </div></section>`;
  }

  return {
    title: () => text('studio.tab.share'),
    start() {
      settled = onMove(read);
      return read();
    },
    stop: () => settled(),
    render(detail) {
      const { links } = state;
      if (!links) return html`<p class="waiting" role="status">${text('studio.loading')}</p>`;
      return html`
        ${addressTroubles()}
        <div class="share-top">${codes(links, detail)}
          <section class="card stack"><h2>${text('studio.share.others')}</h2>
            ${line(text('studio.share.short'), links.short_link, text('studio.share.short_hint'))}
            ${line(text('studio.share.wall'), links.wall_link, text('studio.share.wall_hint'))}
            ${invite.render()}
          </section></div>
        ${addressCard()}
        ${set.render(detail)}`;
    },
  };
}
