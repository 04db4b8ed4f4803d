// Photos of two cameras side by side: one of each that show the same moment tell how far a clock is off.

import { html } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { text } from '../../shared/text.js';
import { attempt, notify } from '../core/notices.js';
import { redraw } from '../../shared/redraw.js';
import { words } from './offset.js';
import { matchMoments, measure } from './requests.js';
import { Strip } from './strip.js';

/** Maker, model, and which body of it. */
export const cameraName = ({ camera, serial_end: end }) =>
  (end ? text('studio.clocks.body', { camera, end }) : camera);

/** What tells cameras apart. */
export const cameraKey = ({ camera, body }) => JSON.stringify([camera, body]);

/**
 * `changed(clocks)` gets the clocks after a change.
 * @param {number} eventId
 * @param {(clocks: Api.CameraClock[]) => void} changed
 */
export function sideBySide(eventId, changed) {
  const wrong = new Strip(eventId, (photo) => follow(right, photo));
  const right = new Strip(eventId, (photo) => follow(wrong, photo));
  /** @type {Api.CameraClock[]} */
  let clocks = [];

  /** Shows what another camera took then, unless somebody looks elsewhere. */
  function follow(other, { moment }) {
    if (!other.touched) other.load({ around: moment });
  }

  const change = (task) => attempt(async () => {
    const around = (right.pick ?? wrong.pick)?.moment;
    const camera = wrong.camera;
    changed(await task());
    const now = camera && clocks.find((clock) => cameraKey(clock) === cameraKey(camera));
    if (now) notify(text('studio.clocks.measured', { camera: cameraName(now), offset: words(now.offset_ms) }));
    for (const strip of [wrong, right]) {
      strip.pick = null;
      strip.load(around ? { around } : { from: 0 });
    }
    redraw();
  });

  const picked = (strip) => strip.pick?.id ?? 0;
  const same = () => change(() => matchMoments(eventId, { photo: picked(wrong), reference: picked(right) }));
  const read = () => change(() => measure(eventId, picked(wrong)));

  const choice = (strip, label) => html`<label class="field"><span>${label}</span>
    <select @change=${(event) => strip.choose(clocks[event.target.selectedIndex])}>
      ${clocks.map((clock) => html`<option ?selected=${strip.camera && cameraKey(clock) === cameraKey(strip.camera)}>
        ${cameraName(clock)}</option>`)}</select></label>`;

  return {
    /** @param {Api.CameraClock[]} now most photos first */
    update(now) {
      clocks = now;
      if (!right.camera && now.length > 1) {
        right.choose(now[0]);
        wrong.choose(now[1]);
        return;
      }
      for (const strip of [wrong, right]) {
        const clock = clocks.find((one) => strip.camera && cameraKey(one) === cameraKey(strip.camera));
        // More photos have arrived. Nothing moves under a photo that is picked.
        if (clock && clock.photos !== strip.shown.total && !strip.pick) strip.load({ from: strip.shown.from });
      }
    },
    /** @param {Api.CameraClock} clock its photos are shown to be corrected */
    correct(clock) {
      wrong.choose(clock);
      const other = clocks.find((one) => cameraKey(one) !== cameraKey(clock));
      if (other && right.camera && cameraKey(right.camera) === cameraKey(clock)) right.choose(other);
      document.getElementById('beside')?.scrollIntoView({ block: 'start' });
      document.getElementById('beside')?.focus({ preventScroll: true });
    },
    render: () => html`<section class="card stack beside">
      <h2 id="beside" tabindex="-1">${text('studio.clocks.beside')}</h2>
      <p class="hint">${text('studio.clocks.beside_hint')}</p>
      ${choice(wrong, text('studio.clocks.wrong'))}
      ${wrong.render(text('studio.clocks.wrong'))}
      ${choice(right, text('studio.clocks.reference'))}
      ${right.render(text('studio.clocks.reference'))}
      <div class="actions start">
        <button type="button" class="button" ?disabled=${!wrong.pick || !right.pick} @click=${same}>
          ${icon('check')}${text('studio.clocks.same')}</button>
        <button type="button" class="button quiet" ?disabled=${!wrong.pick} @click=${read}>
          ${icon('clock')}${text('studio.clocks.read')}</button>
      </div></section>`,
  };
}
