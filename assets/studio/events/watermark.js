// The watermark: choosing and placing the logo, with a preview.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { text } from '../../shared/text.js';
import { percent } from '../../shared/format.js';
import { setDetail } from '../core/frame.js';
import { attempt, notify } from '../core/notices.js';
import { redraw } from '../../shared/redraw.js';
import { deleteWatermark, listPhotos, readEvent, readWatermark, writeWatermark } from '../core/server.js';
import { vars } from '../../shared/vars.js';
import { choice } from './fields.js';

const MAX_BYTES = 2 << 20;

/** Whether what is seen of a logo is light: as on the server, its edge is dark, and otherwise light. */
function isLight(image) {
  const side = 32;
  const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.drawImage(image, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) {
    sum += data[at + 3] * (2 * data[at] + 5 * data[at + 1] + data[at + 2] - 8 * 128);
  }
  return sum >= 0;
}

export function watermark(id) {
  const form = { values: { corner: 'bottom_right', opacity: 0.6 } };
  // `logo` is what is shown; `dirty` when it is not saved.
  const state = { logo: null, address: '', sample: '', shape: 1, around: '', dirty: false, busy: false, read: false };

  function use(blob) {
    if (state.address) URL.revokeObjectURL(state.address);
    state.logo = blob;
    state.address = blob ? URL.createObjectURL(blob) : '';
    redraw();
  }

  async function readLogo(detail) {
    state.read = true;
    if (!detail.watermark) return;
    form.values = { corner: detail.watermark.corner, opacity: detail.watermark.opacity };
    use(await readWatermark(id).catch(() => null));
  }

  function choose(event) {
    const [file] = event.target.files;
    event.target.value = '';
    if (!file) return;
    if (file.type !== 'image/png' || file.size > MAX_BYTES) {
      return notify(text('error.watermark.unreadable'), { alarm: true });
    }
    state.dirty = true;
    use(file);
  }

  function place(event) {
    const { name, value } = event.target;
    if (!(name in form.values)) return;
    form.values[name] = name === 'opacity' ? Number(value) : value;
    state.dirty = true;
    redraw();
  }

  const busily = (task) => attempt(async () => {
    state.busy = true;
    redraw();
    await task().finally(() => {
      state.busy = false;
    });
    state.dirty = false;
    setDetail(await readEvent(id));
  });

  const save = () => busily(async () => {
    await writeWatermark(id, state.logo, form.values);
    notify(text('studio.watermark.saved'));
  });

  const remove = () => busily(async () => {
    await deleteWatermark(id);
    use(null);
    notify(text('studio.watermark.removed'));
  });

  // As on the server: every logo covers the same area, whatever its shape.
  function measure({ target }) {
    state.shape = Math.sqrt(target.naturalWidth / target.naturalHeight) || 1;
    state.around = isLight(target) ? 'rgb(0 0 0 / 70%)' : 'rgb(255 255 255 / 70%)';
    redraw();
  }

  const picture = () => html`<div class="mark-preview ${form.values.corner}"
    ${vars({ '--opacity': form.values.opacity, '--shape': state.shape, '--around': state.around })}>
    ${state.sample ? html`<img class="sample" src=${state.sample} alt="">` : nothing}
    <img class="logo" src=${state.address} @load=${measure} alt=${text('studio.watermark.preview')}></div>`;

  const placing = () => html`<div class="stack" @input=${place}>
    ${choice(form, 'corner', text('studio.watermark.corner'), [
      { value: 'top_left', label: text('studio.watermark.top_left') },
      { value: 'top_right', label: text('studio.watermark.top_right') },
      { value: 'bottom_left', label: text('studio.watermark.bottom_left') },
      { value: 'bottom_right', label: text('studio.watermark.bottom_right') },
    ])}
    <label class="field">${text('studio.watermark.opacity', { value: percent(form.values.opacity) })}
      <input type="range" name="opacity" min="0.1" max="1" step="0.05"
        .value=${String(form.values.opacity)}></label></div>`;

  return {
    async start() {
      const page = await listPhotos(id, { state: 'indexed', limit: 1, sort_order: 'desc' }).catch(() => null);
      state.sample = page?.items[0]?.url ?? '';
      redraw();
    },
    stop: () => use(null),
    render(detail) {
      if (!state.read) readLogo(detail);
      return html`<section class="card stack"><h2>${text('studio.watermark.title')}</h2>
        <p class="faint">${text('studio.watermark.hint')}</p>
        ${state.logo ? html`<div class="columns">${picture()}${placing()}</div>` : nothing}
        <div class="actions start">
          <label class="button quiet">${state.logo ? text('studio.watermark.other') : text('studio.watermark.choose')}
            <input type="file" accept="image/png" @change=${choose}></label>
          ${state.logo && state.dirty ? html`<button type="button" class="button"
            ?disabled=${state.busy} @click=${save}>
            ${text('studio.watermark.save')}</button>` : nothing}
          ${detail.watermark ? html`<button type="button" class="button danger"
            ?disabled=${state.busy} @click=${remove}>
            ${text('studio.watermark.remove')}</button>` : nothing}
        </div></section>`;
    },
  };
}
