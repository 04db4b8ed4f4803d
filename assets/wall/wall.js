// The live wall: the newest photos of an event for a projector, hour after hour without anybody at the keyboard.

import { boot, text } from '../shared/text.js';
import { Pictures } from './pictures.js';
import { Playlist } from './playlist.js';
import { keepRoom } from './room.js';
import { enter, follow } from './source.js';
import { Stage } from './stage.js';

/** How long a photo stays large: a new one shorter while others wait behind it. */
const STAYS = 8000;
const STAYS_WHEN_BUSY = 4500;

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
 * Shows the next photo, after what is being shown; one that cannot be had is passed over. Nobody waits for it: what is
 * hidden meanwhile must be heard of.
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

function take(state) {
  element('name').textContent = state.name;
  document.title = `${state.name} · FotoTa`;
  if (state.link !== link) {
    link = state.link;
    // The address stays the same when the password changes, the code does not.
    element('qr').src = `/wall/${id}/qr?${new URLSearchParams({ link: String(link.length), at: String(Date.now()) })}`;
  }
  const begins = playlist.isEmpty;
  playlist.take(state);
  pictures.keepOnly(playlist.ids);
  const gap = stage.remove((photo) => !playlist.has(photo));
  say(playlist.isEmpty ? text('wall.waiting') : '');
  if (playlist.isEmpty) return;
  if (begins) turn = turn.then(() => stage.fill(playlist.first(stage.places)));
  if (begins || gap || playlist.isBusy) step();
}

const begun = await enter(id);
if (begun) {
  follow(id, {
    take,
    refused: () => say(text('wall.refused')),
    away: (isAway) => { element('away').hidden = !isAway; },
  });
} else say(text('wall.refused'));
keepRoom(element('wall'), element('full'));
