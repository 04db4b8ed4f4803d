// The live wall: the newest photos of an event, for a projector that runs unattended for hours.

import { boot, text } from '../shared/text.js';
import { Pictures } from './pictures.js';
import { Playlist } from './playlist.js';
import { runUnattended } from './room.js';
import { enter, follow } from './source.js';
import { Stage } from './stage.js';

/** How long a photo stays large; shorter while new ones are waiting. */
const STAYS = 8000;
const STAYS_WHEN_BUSY = 4500;
/** How long the wall says that its code is a new one. */
const MOVED_STAYS = 60_000;

const id = boot.event ?? Number(location.pathname.split('/').at(-1));
const element = (name) => document.getElementById(name);
const playlist = new Playlist();
const pictures = new Pictures(id);
const stage = new Stage(pictures, element('hero'), element('strip'), playlist.has);
let link = '';
let timer = 0;
let turn = Promise.resolve();
let isStepping = false;

function say(sentence) {
  element('message').textContent = sentence;
  element('message').hidden = !sentence;
  element('wall').hidden = Boolean(sentence);
}

/**
 * Shows the next photo after the current one; skips one that cannot be loaded. Callers do not wait for it, so that
 * hidden photos are removed meanwhile.
 */
function step() {
  clearTimeout(timer);
  if (isStepping) return;
  isStepping = true;
  turn = turn.then(showNext);
}

async function showNext() {
  const next = playlist.paused && stage.isFull ? null : playlist.next(stage.shown());
  if (next) await stage.show(next).catch(() => playlist.pass(next));
  isStepping = false;
  clearTimeout(timer);
  timer = setTimeout(step, playlist.isBusy ? STAYS_WHEN_BUSY : STAYS);
}

/** The code that guests see has another address than before. */
function sayMoved() {
  element('moved').hidden = false;
  setTimeout(() => { element('moved').hidden = true; }, MOVED_STAYS);
}

function take(state) {
  element('name').textContent = state.name;
  document.title = `${state.name} · FotoTa`;
  if (state.link !== link) {
    if (link) sayMoved();
    link = state.link;
    // When the password changes the path stays the same but the code does not.
    element('qr').src = `/wall/${id}/qr?${new URLSearchParams({ link: String(link.length), at: String(Date.now()) })}`;
  }
  const isFirst = playlist.isEmpty;
  playlist.take(state);
  pictures.keepOnly(playlist.ids);
  const gap = stage.remove((photo) => !playlist.has(photo));
  say(playlist.isEmpty ? text('wall.waiting') : '');
  if (playlist.isEmpty) return;
  if (isFirst) turn = turn.then(() => stage.fill(playlist.first(stage.places)));
  if (isFirst || gap || playlist.isBusy) step();
}

const isAdmitted = await enter(id);
if (isAdmitted) {
  follow(id, {
    take,
    refused: (code) => say(text(code === 'event.closed' ? 'wall.closed' : 'wall.refused')),
    away: (isAway) => { element('away').hidden = !isAway; },
  });
} else say(text('wall.refused'));
runUnattended(element('wall'), element('full'));
