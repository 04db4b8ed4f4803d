// One drawing a frame, whatever asks for it and however often.

let draw = () => {};
let asked = false;

/** Says what draws the page. */
export function onRedraw(callback) {
  draw = callback;
}

/** Asks for a drawing. */
export function redraw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    draw();
  });
}

/** Resolves when what was asked for is on the page. */
export function drawn() {
  redraw();
  return new Promise((resolve) => requestAnimationFrame(resolve));
}
