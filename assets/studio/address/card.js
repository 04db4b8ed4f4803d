// The card "Guests' address": which address links and codes carry, why, and the choice of another.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { text } from '../../shared/text.js';
import { attempt } from '../core/notices.js';
import { session } from '../core/session.js';
import { address, choose } from './state.js';
import { chosenBy, kindOf, troubles } from './words.js';

/** What is wrong with the guests' address; nothing if phones can be expected to reach it. */
export const addressTroubles = () => (address.now ? troubles(address.now).map((sentence) =>
  html`<p class="notice alarm" role="status">${icon('warning')}${sentence}</p>`) : nothing);

function answer(value, label, hint, checked) {
  const pick = () => attempt(() => choose(value || null));
  return html`<label><input type="radio" name="guests-address" value=${value} .checked=${checked} @change=${pick}>
    <span><strong>${label}</strong><span class="hint">${hint}</span></span></label>`;
}

const network = ({ by }) => (one) => answer(one.address, one.address,
  [kindOf(one.kind), one.interface].filter(Boolean).join(' · '), by === 'studio' && one.is_current);

const choices = (now) => html`<details class="address-choice"><summary>${text('studio.address.other')}</summary>
  <fieldset class="choice"><legend class="said">${text('studio.address.title')}</legend>
    ${answer('', text('studio.address.automatic'), text('studio.address.automatic_hint'), now.by !== 'studio')}
    ${now.networks.map(network(now))}</fieldset></details>`;

function where({ networks, by }) {
  const current = networks.find((one) => one.is_current);
  return [current && kindOf(current.kind), current?.interface, chosenBy(by)].filter(Boolean).join(' · ');
}

export function addressCard() {
  const { now } = address;
  if (!now) return nothing;
  return html`<section class="card stack guests-address"><h2>${text('studio.address.title')}</h2>
    ${addressTroubles()}
    <p><code>${now.base_url}</code><span class="hint">${where(now)}</span></p>
    ${now.local_url ? html`<p><code>${now.local_url}</code>
      <span class="hint">${text('studio.address.local')}</span></p>` : nothing}
    ${now.is_fixed || !session.user?.is_admin ? nothing : choices(now)}</section>`;
}
