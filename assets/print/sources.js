// Sheets for those who send photos: the set-up card of a camera, and the link of another photographer.

import { html } from '../vendor/lit-html/lit-html.js';
import { MAKERS, protocol } from '../studio/sources/makers.js';
import { join } from './sheets.js';

const head = ({ event, about }, title) => html`<header><h1>${title}</h1>
  <p class="date">${event.name}${about.source.name ? ` · ${about.source.name}` : ''}</p></header>`;

const value = (label, words) => html`<tr><th scope="row">${label}</th><td>${words}</td></tr>`;

/** What to type into a camera, and where. */
export function camera(parts) {
  const { say, about: { host, ftp, access }, gallery } = parts;
  return html`<section class="sheet setup">
    ${head(parts, say('print.camera'))}
    <div class="typed"><table><tbody>
        ${value(say('source.host'), html`<strong>${host}</strong>`)}
        ${value(say('source.port'), html`<strong>${ftp?.port ?? ''}</strong>`)}
        ${value(say('source.user'), html`<strong>${access.login}</strong>`)}
        ${value(say('source.password'), html`<strong>${access.password}</strong>`)}
        ${value(say('source.protocol'), ftp ? protocol(ftp, say) : '')}
        ${value(say('source.passive'), say('source.on'))}
        ${value(say('source.folder'), say('source.none'))}</tbody></table>
      <div><img class="code" src=${gallery} alt=""><p class="detail">${say('print.password_code')}</p></div></div>
    <p class="network">${say('source.network')}</p>
    <dl class="makers">${MAKERS.map(({ name, steps }) => html`<div>
      <dt>${name ?? say('source.other')}</dt><dd>${say(steps)}</dd></div>`)}</dl>
    <footer><p>${say('print.keep')}</p></footer>
  </section>`;
}

/** The link of another photographer. */
export const contributor = (parts) => html`<section class="sheet poster">
  ${head(parts, parts.say('print.contributor'))}
  <p class="call">${parts.say('print.send')}</p>
  <img class="code" src=${parts.gallery} alt="">
  ${join(parts)}
  <ol class="steps"><li>${parts.say('print.scan')}</li><li>${parts.say('print.choose')}</li>
    <li>${parts.say('print.stay')}</li></ol>
  <footer><p>${parts.say('print.keep')}</p></footer>
</section>`;
