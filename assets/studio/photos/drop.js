// The drop zone: photos can be dropped anywhere on the page, or chosen as files or a folder.

import { html } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../../shared/icons.js';
import { plural, text } from '../../shared/text.js';
import { notify } from '../core/notices.js';
import { redraw } from '../core/redraw.js';
import { chosen, walk } from '../uploads/folders.js';
import { dropping } from '../uploads/queue.js';

/** By kind and by ending: browsers do not know the kinds of all. */
const PICTURES = `image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif,.hif,
.cr2,.cr3,.nef,.nrw,.arw,.raf,.orf,.rw2,.dng,.pef,.srw`.replace('\n', '');

/** Accepts files between `start` and `stop`; `take(files)` gets them. */
export function dropZone(take) {
  // Every element sends enter and leave events: the count tells whether the page was left.
  let depth = 0;
  const hasFiles = (event) => [...event.dataTransfer?.types ?? []].includes('Files');

  function entered(event) {
    if (!hasFiles(event)) return;
    depth += 1;
    redraw();
  }

  function left() {
    depth = Math.max(0, depth - 1);
    redraw();
  }

  function over(event) {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  }

  async function dropped(event) {
    depth = 0;
    redraw();
    if (!hasFiles(event)) return;
    event.preventDefault();
    const unreadable = await walk(event.dataTransfer, take, dropping());
    if (unreadable) notify(plural('studio.drop.unreadable', unreadable), { alarm: true });
  }

  const handlers = { dragenter: entered, dragleave: left, dragover: over, drop: dropped };
  const picked = (event) => {
    const files = chosen(event.target);
    if (files.length) take(files);
  };

  return {
    start() {
      for (const [name, handler] of Object.entries(handlers)) addEventListener(name, handler);
    },
    stop() {
      for (const [name, handler] of Object.entries(handlers)) removeEventListener(name, handler);
    },
    render: (large) => html`<section class="drop ${large ? 'large' : ''} ${depth ? 'over' : ''}"
        aria-label=${text('studio.drop.title')}>
      ${icon('upload')}
      <div><p><strong>${depth ? text('studio.drop.now') : text('studio.drop.title')}</strong></p>
        <p class="faint">${text('studio.drop.hint')}</p></div>
      <div class="acts">
        <label class="button compact">${icon('picture')}${text('studio.drop.files')}
          <input type="file" multiple accept=${PICTURES} @change=${picked}></label>
        <label class="button quiet compact">${icon('folder')}${text('studio.drop.folder')}
          <input type="file" webkitdirectory multiple @change=${picked}></label>
      </div></section>`,
  };
}
