// What a camera or another photographer needs: the values to type in, or the link; on the screen, and to print.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { boot, text } from '../../shared/text.js';
import { addressTroubles } from '../address/card.js';
import { openDialog } from '../core/dialogs.js';
import { copy } from '../share/copy.js';
import { qr } from '../share/qr.js';
import { isLocal } from '../share/wifi.js';
import { readAccess } from './requests.js';
import { MAKERS, protocol } from './makers.js';

/** In the fragment, which browsers do not send. */
const sheet = (id, source) => `/studio/print#${new URLSearchParams({
  event: String(id), source: String(source.id), layout: source.kind, locale: boot.lang })}`;

const printing = (id, source) => html`<a class="button quiet" href=${sheet(id, source)} target="_blank">
  ${icon('print')}${text('studio.print.page')}</a>`;

const value = (label, words, copied = false) => html`<div><dt>${label}</dt><dd><code>${words}</code>
  ${copied ? html`<button type="button" class="tool" aria-label="${text('studio.copy')}: ${label}"
    @click=${() => copy(words)}>${icon('copy')}</button>` : nothing}</dd></div>`;

/** The set-up card of a camera. */
export async function openSetup(id, source, { host, ftp }) {
  const { login, password } = await readAccess(id, source.id);
  openDialog({
    label: text('studio.setup.of', { name: source.name }),
    kind: 'setup',
    render: (close) => html`<div class="dialog-body stack">${addressTroubles()}
        ${ftp ? nothing : html`<p class="problem">${text('studio.sources.ftp_off')}
          <code>fotota serve --ftp</code></p>`}
        <div class="setup-values"><dl class="facts">
          ${value(text('source.host'), host, true)}
          ${ftp ? value(text('source.port'), String(ftp.port)) : nothing}
          ${value(text('source.user'), login, true)}
          ${value(text('source.password'), password, true)}
          ${ftp ? value(text('source.protocol'), protocol(ftp, text)) : nothing}
          ${value(text('source.passive'), text('source.on'))}
          ${value(text('source.folder'), text('source.none'))}</dl>
          <figure>${qr(password, text('studio.setup.code'))}
            <figcaption class="hint">${text('studio.setup.code_hint')}</figcaption></figure></div>
        <p>${text('source.network')}</p>
        <details><summary>${text('studio.setup.makers')}</summary><dl class="makers">${MAKERS.map(({ name, steps }) =>
          html`<div><dt>${name ?? text('source.other')}</dt><dd>${text(steps)}</dd></div>`)}</dl></details></div>
      <div class="actions">${printing(id, source)}
        <button type="button" class="button" @click=${() => close()}>${text('studio.close')}</button></div>`,
  });
}

/** The upload link of another photographer. */
export async function openLink(id, source) {
  const { link } = await readAccess(id, source.id);
  openDialog({
    label: text('studio.setup.link_of', { name: source.name }),
    kind: 'code',
    render: (close) => html`<div class="dialog-body stack">${addressTroubles()}
        <p>${text('studio.setup.link_hint')}</p>
        ${qr(link, text('studio.setup.link_code', { name: source.name }))}
        <code class="main-link">${link}</code>
        ${isLocal(link) ? html`<p class="hint">${text('studio.setup.link_local')}</p>` : nothing}</div>
      <div class="actions">${printing(id, source)}
        <button type="button" class="button quiet" @click=${() => copy(link)}>
          ${icon('copy')}${text('studio.share.copy')}</button>
        <button type="button" class="button" @click=${() => close()}>${text('studio.close')}</button></div>`,
  });
}
