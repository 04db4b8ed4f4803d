// An invitation: a code on the photographer's screen that works once and is replaced when used.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { text } from '../../shared/text.js';
import { openDialog } from '../core/dialogs.js';
import { moment } from '../../shared/format.js';
import { attempt } from '../core/notices.js';
import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { invite, readStatistics } from '../core/server.js';
import { qr } from './qr.js';

const PAUSE = 2500;

export function invitation(id) {
  /** @type {{code: any, used: number, guests: number | null}} */
  const state = { code: null, used: 0, guests: null };

  const renew = () => attempt(async () => {
    state.code = await invite(id);
    redraw();
  });

  /** A new guest most likely used this code. */
  async function watch() {
    const { guests } = (await readStatistics(id)).totals;
    if (state.guests !== null && guests > state.guests) {
      state.used += 1;
      await renew();
    }
    state.guests = guests;
  }

  async function open() {
    Object.assign(state, { code: null, used: 0, guests: null });
    await renew();
    if (!state.code) return;
    const polling = poll(watch, () => PAUSE);
    openDialog({ label: text('studio.invite.title'), kind: 'code', render: content, closed: polling.stop });
  }

  const content = (close) => html`<div class="dialog-body stack">
      <p>${text('studio.invite.hint')}</p>
      ${qr(state.code.link, text('studio.invite.code'))}
      <p class="faint" role="status">${text('studio.invite.until', { time: moment(state.code.expires_at) })}
        ${state.used ? html`<strong>${text('studio.invite.used')}</strong>` : nothing}</p></div>
    <div class="actions"><button type="button" class="button quiet" @click=${renew}>
      ${icon('retry')}${text('studio.invite.new')}</button>
      <button type="button" class="button" @click=${() => close()}>${text('studio.close')}</button></div>`;

  return {
    render: () => html`<div class="link-line"><div><strong>${text('studio.invite.title')}</strong>
      <p class="hint">${text('studio.invite.what')}</p></div>
      <button type="button" class="button quiet compact" @click=${open}>
        ${icon('person')}${text('studio.invite.show')}</button></div>`,
  };
}
