// The clocks of an event's cameras: how far each is off, and three ways to find out.

import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { plural, text } from '../../shared/text.js';
import { exactMoment } from '../../shared/format.js';
import { attempt, failure, notify } from '../core/notices.js';
import { poll } from '../../shared/poll.js';
import { redraw } from '../../shared/redraw.js';
import { endSession } from '../core/session.js';
import { cameraKey, cameraName, sideBySide } from './beside.js';
import { parsed, words, written } from './offset.js';
import { listClocks, setClock } from './requests.js';
import { showTimeCode } from './time-code.js';

const PAUSE = 4000;

export function clocksPage(id) {
  /** @type {{clocks: Api.CameraClock[] | null, problem: any, typed: Map<string, string>, wrong: string}} */
  const state = { clocks: null, problem: null, typed: new Map(), wrong: '' };
  const beside = sideBySide(id, take);
  let polling = null;

  /** @param {Api.CameraClock[]} clocks */
  function take(clocks) {
    Object.assign(state, { clocks, problem: null });
    beside.update(clocks);
    redraw();
  }

  async function ask() {
    try {
      take(await listClocks(id));
    } catch (error) {
      if (error.status === 401) endSession();
      state.problem = error;
      redraw();
    }
  }

  /** @param {Api.CameraClock} clock */
  const save = (clock) => async (event) => {
    event.preventDefault();
    const key = cameraKey(clock);
    const offset = parsed(state.typed.get(key) ?? written(clock.offset_ms));
    state.wrong = offset === null ? key : '';
    redraw();
    if (offset === null) return;
    await attempt(async () => {
      take(await setClock(id, { camera: clock.camera, body: clock.body, offset_ms: offset }));
      state.typed.delete(key);
      notify(text('studio.clocks.measured', { camera: cameraName(clock), offset: words(offset) }));
      redraw();
    });
  };

  /** @param {Api.CameraClock} clock */
  function row(clock) {
    const key = cameraKey(clock);
    const isWrong = state.wrong === key;
    const label = text('studio.clocks.offset');
    return html`<li class="card clock">
      <div class="clock-name"><h3>${cameraName(clock)}</h3>
        <p class="hint">${plural('studio.count.photos', clock.photos)} ·
          ${exactMoment(clock.first)} – ${exactMoment(clock.last)}</p>
        <p class="offset">${words(clock.offset_ms)}</p></div>
      <form @submit=${save(clock)}>
        <label class="field"><span>${label}</span><input aria-label="${label}: ${cameraName(clock)}"
          .value=${state.typed.get(key) ?? written(clock.offset_ms)}
          autocomplete="off" spellcheck="false" aria-invalid=${isWrong ? 'true' : nothing}
          @input=${(event) => state.typed.set(key, event.target.value)}></label>
        <button class="button compact">${text('studio.clocks.save')}</button>
        ${(state.clocks?.length ?? 0) > 1 ? html`<button type="button" class="button quiet compact"
          @click=${() => beside.correct(clock)}>${icon('picture')}${text('studio.clocks.compare')}</button>` : nothing}
        <p class="problem small" role="alert" ?hidden=${!isWrong}>${text('studio.clocks.format')}</p>
      </form></li>`;
  }

  const intro = () => html`<section class="card stack">
    <h2>${text('studio.clocks.title')}</h2>
    <p>${text('studio.clocks.what')}</p>
    <div class="actions start"><button type="button" class="button" @click=${() => showTimeCode(id)}>
      ${icon('clock')}${text('studio.clocks.show_code')}</button></div></section>`;

  function content(clocks) {
    if (!clocks.length) return html`<p class="none">${text('studio.clocks.none')}</p>`;
    return html`<ul class="clocks">${repeat(clocks, cameraKey, row)}</ul>
      ${clocks.length > 1 ? beside.render() : nothing}`;
  }

  return {
    title: () => text('studio.tab.clocks'),
    start() {
      polling = poll(ask, () => PAUSE);
    },
    stop: () => polling.stop(),
    render() {
      if (!state.clocks && state.problem) return html`<p class="problem">${failure(state.problem)}</p>`;
      return html`${intro()}${state.clocks ? content(state.clocks)
        : html`<p class="waiting" role="status">${text('studio.loading')}</p>`}`;
    },
  };
}
