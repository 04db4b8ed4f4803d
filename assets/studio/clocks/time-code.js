// A dialog with the present time as a large QR code, to be photographed with each camera.

import { html } from '../../vendor/lit-html/lit-html.js';
import { text } from '../../shared/text.js';
import { openDialog } from '../core/dialogs.js';
import { failure } from '../core/notices.js';
import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { drawTimeCode } from './requests.js';

/** As old as the code is at most, apart from the way over the network. */
const PAUSE = 200;

export function showTimeCode(id) {
  const state = { address: '', problem: '' };

  async function draw() {
    try {
      const address = URL.createObjectURL(await drawTimeCode(id));
      const next = new Image();
      next.src = address;
      // The code stays whole while the next one is read.
      await next.decode();
      URL.revokeObjectURL(state.address);
      Object.assign(state, { address, problem: '' });
    } catch (error) {
      // An old time on the screen would be measured.
      Object.assign(state, { address: '', problem: failure(error) });
    }
    redraw();
  }

  const drawing = poll(draw, () => PAUSE);
  openDialog({
    label: text('studio.clocks.code'),
    kind: 'time-code',
    closed() {
      drawing.stop();
      URL.revokeObjectURL(state.address);
    },
    render: () => html`<div class="dialog-body stack">
      <div class="qr">${state.address
        ? html`<img src=${state.address} alt=${text('studio.clocks.code_alt')}>` : ''}</div>
      <p class="problem" role="alert" ?hidden=${!state.problem}>${state.problem}</p>
      <ol class="steps">
        <li>${text('studio.clocks.step_photograph')}</li>
        <li>${text('studio.clocks.step_upload')}</li>
        <li>${text('studio.clocks.step_done')}</li>
      </ol></div>`,
  });
}
