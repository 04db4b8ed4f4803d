// Redraws at most once per frame.

let draw = () => {};
let asked = false;

/** Sets the function that draws the page. */
export function onRedraw(callback) {
  draw = callback;
}

/** Requests a redraw. */
export function redraw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    draw();
  });
}

/** Resolves after the next redraw. */
export function drawn() {
  redraw();
  return new Promise((resolve) => requestAnimationFrame(resolve));
}
