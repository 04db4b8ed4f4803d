// The picture of one photo, with its faces and the ways to the photos beside it.

import { html } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { number, plural, text } from '../../shared/text.js';
import { vars } from '../../shared/vars.js';

const box = (face, at, showPerson) => html`<button type="button" class="face" @click=${() => showPerson(face)}
  ${vars({
    '--x': `${face.x * 100}%`, '--y': `${face.y * 100}%`, '--w': `${face.w * 100}%`, '--h': `${face.h * 100}%`,
  })}
  aria-label=${text('studio.detail.face',
    { number: number(at + 1), photos: plural('studio.count.photos', face.photos) })}>
  <span>${number(face.photos)}</span></button>`;

const step = (name, sign, label, isThere, run) => html`<button type="button" class="tool step ${name}"
  aria-label=${label} ?disabled=${!isThere} @click=${run}>${icon(sign)}</button>`;

/** `before` and `after` tell whether there is a photo beside this one. */
export const picture = (shown, { faces, showPerson, move, before, after }) => html`<div class="stage">
  ${shown.state === 'indexed'
    ? html`<div class="fit" ${vars({ '--ratio': shown.width && shown.height ? shown.width / shown.height : 1.5 })}>
        <img src=${shown.url} alt=${shown.file_name}>${faces.map((face, at) => box(face, at, showPerson))}</div>`
    : html`<p class="no-picture">${icon(shown.state === 'failed' ? 'warning' : 'picture')}
        ${shown.state === 'failed' ? text('studio.photo.failed') : text('studio.photo.pending')}</p>`}
  ${step('before', 'back', text('studio.detail.before'), before, () => move(-1))}
  ${step('after', 'next', text('studio.detail.after'), after, () => move(1))}</div>`;
