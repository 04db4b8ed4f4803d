// A screen left alone for hours: nothing bright stays in place, the pointer hides, the screen stays awake.

const MOVES = 4 * 60_000;
const DRIFTS = 30_000;
const POINTER_RESTS = 3000;
const ARRANGEMENTS = [['right', 'low'], ['right', 'high'], ['left', 'high'], ['left', 'low']];

/** Moves the code and the name between corners, and everything by a few pixels. */
function move(wall) {
  let current = 0;
  setInterval(() => {
    wall.classList.add('moving');
    setTimeout(() => {
      wall.classList.remove(...ARRANGEMENTS[current]);
      current = (current + 1) % ARRANGEMENTS.length;
      wall.classList.add(...ARRANGEMENTS[current]);
      wall.classList.remove('moving');
    }, 1200);
  }, MOVES);
  let phase = 0;
  const drift = () => {
    phase += 1;
    wall.style.setProperty('--x', `${(Math.sin(phase * 0.9) * 1.1).toFixed(2)}vmin`);
    wall.style.setProperty('--y', `${(Math.cos(phase * 0.7) * 1.1).toFixed(2)}vmin`);
  };
  drift();
  setInterval(drift, DRIFTS);
}

/** Only secure contexts may request a wake lock. */
async function stayAwake() {
  if (document.hidden) return;
  await navigator.wakeLock?.request('screen').catch(() => {});
}

export function runUnattended(wall, button) {
  let timer = 0;
  const touched = () => {
    document.documentElement.classList.remove('still');
    button.hidden = !document.fullscreenEnabled || Boolean(document.fullscreenElement);
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (document.activeElement === button) return;
      document.documentElement.classList.add('still');
      button.hidden = true;
    }, POINTER_RESTS);
  };
  for (const name of ['pointermove', 'pointerdown', 'keydown']) addEventListener(name, touched);
  const full = () => document.documentElement.requestFullscreen().catch(() => {});
  button.addEventListener('click', full);
  addEventListener('keydown', ({ key }) => {
    if (key === 'f') full();
  });
  document.addEventListener('fullscreenchange', touched);
  document.addEventListener('visibilitychange', stayAwake);
  stayAwake();
  touched();
  move(wall);
}
