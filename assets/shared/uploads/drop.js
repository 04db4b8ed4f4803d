// The drop zone: photos can be dropped anywhere on the page, or chosen as files or a folder.

import { html } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../icons.js';
import { plural, text } from '../text.js';
import { redraw } from '../redraw.js';
import { chosen, walk } from './folders.js';
import { dropping } from './queue.js';

/** By kind and by ending: browsers do not know the kinds of all. */
const PICTURES = `image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif,.hif,
.cr2,.cr3,.nef,.nrw,.arw,.raf,.orf,.rw2,.dng,.pef,.srw`.replace('\n', '');

/** Accepts files between `start` and `stop`; `take(files)` gets them, `tell(sentence)` says what could not be read. */
export function dropZone(take, tell) {
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
    if (unreadable) tell(plural('upload.drop.unreadable', unreadable));
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
        aria-label=${text('upload.drop.title')}>
      ${icon('upload')}
      <div><p><strong>${depth ? text('upload.drop.now') : text('upload.drop.title')}</strong></p>
        <p class="faint">${text('upload.drop.hint')}</p></div>
      <div class="acts">
        <label class="button compact">${icon('picture')}${text('upload.drop.files')}
          <input type="file" multiple accept=${PICTURES} @change=${picked}></label>
        <label class="button quiet compact">${icon('folder')}${text('upload.drop.folder')}
          <input type="file" webkitdirectory multiple @change=${picked}></label>
      </div></section>`,
  };
}
