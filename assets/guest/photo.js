// The large view, and what a guest can do there.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dayAndTime, text } from '../shared/text.js';
import { icon } from '../shared/icons.js';
import { Lightbox } from '../shared/lightbox.js';
import { canShare, share } from '../shared/share.js';
import { toast, toastProblem } from '../shared/toast.js';
import { onSettings } from './settings.js';
import { address, event, state } from './state.js';
import { bookmark, remove } from './marks.js';
import { facesTool, frames, isShown } from './tap.js';

let outlined = true;

const tool = (sign, words, press, pressed) => html`
  <button class="tool" type="button" aria-pressed=${pressed === undefined ? nothing : String(pressed)} @click=${press}>
    ${sign}<span>${words}</span></button>`;

async function save(photo, box) {
  try {
    await bookmark(photo, !photo.bookmarked);
    toast(text(photo.bookmarked ? 'saved.added' : 'saved.taken'));
  } catch (error) {
    toastProblem(error);
  }
  box.draw();
}

async function takeAway(photo, kind, box) {
  try {
    const undo = await remove(photo, kind);
    box.changed();
    toast(text(kind === 'not_me' ? 'photo.not_me.done' : 'photo.hide.done'), {
      words: text('photo.undo'),
      action: async () => {
        await undo();
        box.changed(photo);
      },
    });
  } catch (error) {
    toastProblem(error);
  }
}

/** Why a match is shown. */
function why({ reason }) {
  if (!reason || !state.searching || state.people > 1) return '';
  if (state.tapped) return text(reason === 'person' ? 'photo.why.tapped_person' : 'photo.why.tapped');
  return text(reason === 'person' ? 'photo.why.person' : 'photo.why.selfie');
}

/** Who took the photo, if not the event's photographer. */
function by({ credit, by_guest: isGuests }) {
  if (!isGuests) return credit ? text('photo.by', { name: credit }) : '';
  return credit ? text('photo.by_guest', { name: credit }) : text('photo.by_some_guest');
}

/**
 * The tools under a photo. Those about the guest's face only on their own photos, and not where others are meant: what
 * a guest says about photos is about photos of themselves.
 */
function tools(photo, box) {
  const mine = Boolean(photo.face) && state.searching;
  const alone = mine && state.people < 2;
  const download = event.download === 'nothing' ? nothing : html`
    <a class="tool" href=${address(photo, 'download')} download=${photo.file_name}>
      ${icon('download')}<span>${text('photo.download')}</span></a>`;
  return html`
    ${tool(icon('heart', photo.bookmarked), text('photo.save'), () => save(photo, box), Boolean(photo.bookmarked))}
    ${download}
    ${event.download !== 'nothing' && canShare()
      ? tool(icon('share'), text('photo.share'), () => share([photo], address)) : nothing}
    ${event.tap_search ? facesTool(photo, box) : nothing}
    ${alone ? tool(icon('face'), text(state.tapped ? 'photo.face.tapped' : 'photo.face'),
      () => { outlined = !outlined; box.draw(); }, outlined) : nothing}
    ${alone && !state.tapped
      ? tool(icon('notMe'), text('photo.not_me'), () => takeAway(photo, 'not_me', box)) : nothing}
    ${mine && !state.tapped ? tool(icon('hide'), text('photo.hide'), () => takeAway(photo, 'hidden', box)) : nothing}`;
}

const box = new Lightbox({
  address,
  tools,
  about: (photo) => (photo.taken_at ? dayAndTime(photo.taken_at) : ''),
  note: (photo) => [by(photo), why(photo)].filter(Boolean).join(' · '),
  over: (photo) => (event.tap_search ? frames(photo, box) : nothing),
  outline: (photo) => (outlined && state.searching && state.people < 2 && !isShown(photo) ? photo.face : null),
});

onSettings(() => box.dialog.open && box.draw());

/** Opens the photo at `index` of `list()`; afterwards the focus returns to `grid`. */
export const open = (list, index, grid, need) => box.open(list, index, {
  need,
  closed: (photo) => grid?.focus(photo, box.index),
});
