// The photos as tiles, of which only those near the window are in the document. The grid is one list box: it keeps the
// focus and names the active tile.

import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { nearby, target } from '../../shared/grid.js';
import { text } from '../../shared/text.js';
import { drawn, redraw } from '../../shared/redraw.js';
import { vars } from '../../shared/vars.js';
import { layout } from './layout.js';
import { tile } from './tile.js';

/** Rows above and below the window that are ready before they are scrolled to. */
const SPARE = 3;

/** `open(position)` shows a photo; `stale` is called when a picture's URL has expired. */
export function photoGrid(listing, selection, open, stale) {
  const size = layout();
  let node = null;
  const observer = new ResizeObserver(() => redraw());
  const scrolled = () => redraw();

  async function reveal() {
    await drawn();
    const { columns, height } = size.measure(node);
    const top = node.getBoundingClientRect().top + Math.floor(selection.active / columns) * height;
    const head = 140;
    if (top < head) scrollBy(0, top - head);
    else if (top + height > innerHeight - 80) scrollBy(0, top + height - innerHeight + 80);
  }

  function measures() {
    const { columns, height } = size.measure(node);
    return { columns, row: height, total: listing.total ?? 0, spare: SPARE };
  }

  const near = () => nearby(node ? -node.getBoundingClientRect().top : 0, measures());

  async function pressed(event) {
    const { key, shiftKey } = event;
    const to = target(key, selection.active, measures());
    if (to !== undefined) {
      event.preventDefault();
      selection.move(to);
      if (shiftKey) await selection.extend(selection.active);
      await reveal();
    } else if (key === ' ') {
      event.preventDefault();
      if (shiftKey) await selection.extend(selection.active);
      else selection.toggle(selection.active);
    } else if (key === 'Enter') {
      open(selection.active);
    } else if (key === 'Escape') {
      selection.clear();
    } else if (key === 'a' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      await selection.all();
    }
  }

  function clicked(event) {
    const option = event.target.closest('[role="option"]');
    if (!option) return;
    const position = Number(option.dataset.position);
    if (event.shiftKey) selection.extend(position);
    else if (selection.choosing || event.ctrlKey || event.metaKey || event.target.closest('.pick')) {
      selection.toggle(position);
    }
    else {
      selection.move(position);
      open(position);
    }
  }

  return {
    start: () => addEventListener('scroll', scrolled, { passive: true }),
    stop() {
      removeEventListener('scroll', scrolled);
      observer.disconnect();
    },
    /** The positions that are in the document. */
    range: near,
    focus: () => node?.focus(),
    render() {
      const found = document.getElementById('photo-grid');
      // It can only be measured once it is in the document.
      if (!found || found !== node) redraw();
      if (found !== node) {
        observer.disconnect();
        node = found;
        if (node) observer.observe(node);
      }
      const { columns, row, total } = measures();
      const { first, last } = near();
      listing.need(first, last);
      const positions = Array.from({ length: last - first }, (_, at) => first + at);
      const active = selection.active >= first && selection.active < last ? `photo-${selection.active}` : nothing;
      return html`<div id="photo-grid" class="photo-grid ${selection.choosing ? 'choosing' : ''}"
        role="listbox" tabindex="0"
          aria-multiselectable="true" aria-label=${text('studio.photos.grid')} aria-activedescendant=${active}
          aria-describedby="grid-keys" @keydown=${pressed} @click=${clicked}
          @error=${{ handleEvent: stale, capture: true }}
          ${vars({ '--height': `${Math.ceil(total / columns) * row}px`,
            '--columns': columns, '--from': `${(first / columns) * row}px` })}>
        <div class="window" role="presentation">${repeat(positions, (position) => position,
          (position) => tile(listing.at(position), position, total, selection))}</div></div>
        <p id="grid-keys" class="said">${text('studio.photos.keys')}</p>`;
    },
  };
}
