// The content of each kind of sheet.

import { html, nothing } from '../vendor/lit-html/lit-html.js';

const head = ({ event, date }) => html`<header><h1>${event.name}</h1>
  ${event.date ? html`<p class="date">${date(event.date)}</p>` : nothing}</header>`;

const steps = ({ say }) => html`<ol class="steps">
  <li>${say('print.scan')}</li><li>${say('print.selfie')}</li><li>${say('print.photos')}</li></ol>`;

const foot = ({ event, say }, notice = true) => html`<footer><p>${say('print.no_app')}</p>
  ${notice ? html`<p class="consent">
    ${say(event.tap_search ? 'print.consent_tap_short' : 'print.consent_short')}</p>` : nothing}
  ${event.photographer ? html`<p class="by">
    ${say('print.photographer', { name: event.photographer })}</p>` : nothing}</footer>`;

const password = ({ asksPassword, say }) =>
  (asksPassword ? html`<p class="password">${say('print.ask_password')}</p>` : nothing);

const picture = (address) => html`<img class="code" src=${address} alt="">`;

const secret = ({ wifi, say }) => (wifi.password ? html`<p class="detail">
  ${say('print.password')}<strong>${wifi.password}</strong></p>` : nothing);

/** The same page by the name that stays when the address in the code changes. */
function named({ named: link, say }) {
  if (!link) return nothing;
  const { host, pathname } = new URL(link);
  return html`<p class="named">${say('print.named')}<strong>${host}${pathname}</strong></p>`;
}

/** A local link opens only in the Wi-Fi. */
export const join = (parts) => (parts.needsWifi ? html`<div class="join">
  ${parts.network ? picture(parts.network) : nothing}
  <div><p>${parts.say(parts.wifi.name ? 'print.join' : 'print.join_any')}</p>
    ${parts.wifi.name ? html`<p class="detail"><strong>${parts.wifi.name}</strong></p>${secret(parts)}` : nothing}
  </div></div>` : nothing);

/** One large code for the entrance. */
export const poster = (parts) => html`<section class="sheet poster">
  ${head(parts)}
  <p class="call">${parts.say('print.find')}</p>
  ${picture(parts.gallery)}
  <p class="address">${parts.link.split('#')[0]}</p>${named(parts)}
  ${join(parts)}${password(parts)}${steps(parts)}${foot(parts)}
</section>`;

const CARDS = 8;
const card = (parts) => html`<article class="card-to-cut">
  <div class="codes">${picture(parts.gallery)}${join(parts)}</div>
  <div class="words">
    ${head(parts)}<p class="call">${parts.say('print.find')}</p>${named(parts)}${password(parts)}${foot(parts)}</div>
</article>`;

/** Eight cards to cut out. */
export const cards = (parts) =>
  html`<section class="sheet eight">${Array.from({ length: CARDS }, () => card(parts))}</section>`;

const network = (parts) => html`<section><p class="number">1</p><h2>${parts.say('print.wifi')}</h2>
  ${parts.network ? picture(parts.network) : nothing}
  <p class="detail">${parts.say('print.network')}<strong>${parts.wifi.name}</strong></p>
  ${secret(parts)}</section>`;

/** Wi-Fi, gallery and the notice about faces. */
export const sheet = (parts) => html`<section class="sheet both">
  ${head(parts)}
  <p class="call">${parts.say('print.find')}</p>
  <div class="two">${network(parts)}
    <section><p class="number">2</p><h2>${parts.say('print.gallery')}</h2>${picture(parts.gallery)}
      <p class="detail">${parts.link.split('#')[0]}</p>${named(parts)}${password(parts)}</section></div>
  <aside><h2>${parts.say('print.notice.title')}</h2>
    <p>${parts.say(parts.event.tap_search ? 'print.consent_tap' : 'print.consent')}</p>
    <p>${parts.say('print.notice.refuse')}</p></aside>
  ${foot(parts, false)}
</section>`;
