// A selfie with several people: the guest says which one they are, or whose photos to find.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { number, text } from '../shared/text.js';
import { icon } from '../shared/icons.js';
import { attempt, change, dropQuestion, state } from './state.js';
import { search } from './search.js';

/** A selfie that adds to others is of one person. */
const one = () => state.again === 'add';

function toggle(asked, face) {
  const chosen = new Set(one() ? [] : asked.chosen);
  if (asked.chosen.has(face)) chosen.delete(face);
  else chosen.add(face);
  change({ question: { ...asked, chosen } });
}

/** Over the face, and large enough for a finger. */
const place = ({ x, y, w, h }) =>
  `left: ${(x + w / 2) * 100}%; top: ${(y + h / 2) * 100}%; width: ${w * 100}%; height: ${h * 100}%`;

const pick = (asked) => (face, index) => {
  const position = text('faces.face', { position: number(index + 1), count: number(asked.faces.length) });
  const isChosen = asked.chosen.has(face);
  return html`<button class="pick" type="button" .style=${place(face)} aria-pressed=${String(isChosen)}
    aria-label=${position} @click=${() => toggle(asked, face)}>${isChosen ? icon('check') : nothing}</button>`;
};

function ways({ picture, chosen }) {
  const find = (mode) => attempt(() => search(picture, [...chosen], mode));
  const way = (mode, words, hint) => html`<button class="button full" type="button" @click=${() => find(mode)}>
    <span>${words}<span class="hint">${hint}</span></span></button>`;
  return chosen.size > 1
    ? html`${way('all', text('faces.all'), text('faces.all.hint'))}
      ${way('any', text('faces.any'), text('faces.any.hint'))}`
    : html`<button class="button full" type="button" ?disabled=${!chosen.size} @click=${() => find()}>
      ${text('faces.find')}</button>`;
}

const view = (asked) => html`
  <section class="column appear">
    <div class="card stack selfie">
      <h2 tabindex="-1">${text('faces.title')}</h2>
      <p class="faint">${text(one() ? 'faces.hint.one' : 'faces.hint')}</p>
      <div class="people" role="group" aria-label=${text('faces.label')}>
        <img src=${asked.shown} alt=${text('selfie.yours')}>
        ${asked.faces.map(pick(asked))}
      </div>
      <div class="ways">${ways(asked)}</div>
      <button class="link" type="button" @click=${() => change(dropQuestion())}>${text('faces.other')}</button>
      <p class="small faint">${text('selfie.promise')} ${one() ? nothing : text('faces.consent')}</p>
    </div>
  </section>`;

export const question = () => view(state.question);
