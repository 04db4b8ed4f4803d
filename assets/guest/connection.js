// The state of the live connection, in words.

import { html } from '../vendor/lit-html/lit-html.js';
import { text } from '../shared/text.js';
import { state } from './state.js';

export function connectionState() {
  const words = { live: 'live.on', polling: 'live.polling', lost: 'live.lost', off: 'live.off' };
  return html`<p class="live" data-link=${state.link} role="status">
    <span class="dot"></span>${text(words[state.link])}</p>`;
}
