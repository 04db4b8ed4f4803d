// The print set: poster, table cards, and the sheet with Wi-Fi, gallery and consent notice, each on a page to print.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { boot, text } from '../../shared/text.js';
import { redraw } from '../../shared/redraw.js';
import { choice } from '../events/fields.js';
import { isLocal, keepWifi, readWifi } from './wifi.js';

export function printSet(id) {
  /** @type {StudioForm} */
  const form = { values: { layout: 'poster', locale: boot.lang === 'id' ? 'id' : 'both' }, wrong: '' };
  const state = { keyed: true, wifi: readWifi() };
  /** Phones must be in the Wi-Fi to open a local link. */
  const needsWifi = (detail) => form.values.layout === 'wifi' || isLocal(detail.link);

  function typed(event) {
    const { name, value, checked } = event.target;
    if (name in form.values) form.values[name] = value;
    if (name === 'keyed') state.keyed = checked;
    if (name.startsWith('wifi_')) {
      const field = name.slice('wifi_'.length);
      state.wifi = { ...state.wifi, [field]: field === 'hidden' ? checked : value };
      keepWifi(state.wifi);
    }
    redraw();
  }

  const isKeyed = (detail) => detail.password_protected && state.keyed;

  /** In the fragment, which browsers do not send. */
  const page = (detail) =>
    `/studio/print#${new URLSearchParams({ event: id, ...form.values, keyed: String(isKeyed(detail)) })}`;

  const wifi = () => html`<fieldset class="choice wifi"><legend>${text('studio.print.wifi')}</legend>
    <p class="hint">${text('studio.print.wifi_why')} ${text('studio.print.wifi_hint')}</p>
    <div class="columns">
      <label class="field">${text('studio.print.wifi_name')}
        <input name="wifi_name" autocomplete="off" spellcheck="false" maxlength="32"
          .value=${state.wifi.name}></label>
      <label class="field">${text('studio.print.wifi_password')}
        <input name="wifi_password" autocomplete="off" spellcheck="false" minlength="8" maxlength="63"
          .value=${state.wifi.password}></label>
    </div>
    <label class="switch"><input type="checkbox" name="wifi_hidden" .checked=${state.wifi.hidden}>
      <span>${text('studio.print.wifi_hidden')}</span></label></fieldset>`;

  return {
    render: (detail) => html`<form class="card stack print-set" @input=${typed}
      @submit=${(event) => event.preventDefault()}>
      <h2>${text('studio.print.title')}</h2>
      <div class="columns">
        ${choice(form, 'layout', text('studio.print.layout'), [
          { value: 'poster', label: text('studio.print.poster'), hint: text('studio.print.poster_hint') },
          { value: 'cards', label: text('studio.print.cards'), hint: text('studio.print.cards_hint') },
          { value: 'wifi', label: text('studio.print.sheet'), hint: text('studio.print.sheet_hint') },
        ])}
        <div class="stack">${choice(form, 'locale', text('studio.print.locale'), [
          { value: 'id', label: 'Bahasa Indonesia' }, { value: 'en', label: 'English' },
          { value: 'both', label: text('studio.print.both') },
        ])}
        ${detail.password_protected ? html`<label class="switch">
          <input type="checkbox" name="keyed" .checked=${state.keyed}>
          <span><strong>${text('studio.share.keyed')}</strong><span class="hint">
            ${text('studio.print.keyed_hint')}</span></span>
          </label>` : nothing}</div>
      </div>
      ${needsWifi(detail) ? wifi() : nothing}
      <div class="actions start">
        <a class="button" href=${page(detail)} target="_blank">${icon('print')}${text('studio.print.page')}</a>
      </div></form>`,
  };
}
