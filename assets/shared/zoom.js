// Gestures on a picture: swipe, pinch, pan, tap and double tap, by finger or mouse.

const [MOST, DOUBLE_TAP, TAP_MOVES] = [5, 300, 10];

export class Zoom {
  /**
   * Listens on `stage` and moves the element of `target()`. Calls `drag(dx)`, `tap()` and `release(dx, speed)` of
   * `listener`, in pixels and pixels per millisecond, and `enlarge()` when zooming in begins. A swipe may also start on
   * a `.step` button of `surface`.
   */
  constructor(surface, stage, target, listener) {
    this.stage = stage;
    this.target = target;
    this.listener = listener;
    /** @type {Map<number, {x: number, y: number}>} */
    this.pointers = new Map();
    this.lastTap = 0;
    this.tapping = 0;
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    /** @type {any} */
    this.start = null;
    /** @type {any} */
    this.before = null;
    surface.addEventListener('pointerdown', (event) => this.#down(event));
    surface.addEventListener('pointermove', (event) => this.#move(event));
    for (const name of ['pointerup', 'pointercancel']) surface.addEventListener(name, (event) => this.#up(event));
    stage.addEventListener('wheel', (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.by(Math.exp(-event.deltaY / 100), event);
    }, { passive: false });
  }

  reset() {
    Object.assign(this, { scale: 1, x: 0, y: 0 });
    this.#apply();
  }

  #apply() {
    const target = this.target();
    if (!target) return;
    // An enlarged picture still covers the stage.
    const room = (size, available) => Math.max(0, (size * this.scale - available) / 2);
    const across = room(target.offsetWidth, this.stage.clientWidth);
    const down = room(target.offsetHeight, this.stage.clientHeight);
    this.x = Math.min(Math.max(this.x, -across), across);
    this.y = Math.min(Math.max(this.y, -down), down);
    target.style.transform = this.scale === 1 ? '' : `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.stage.classList.toggle('enlarged', this.scale > 1);
  }

  /**
   * Enlarges around a point of the window; without one, around the middle.
   * @param {number} factor
   * @param {{clientX?: number, clientY?: number}} [point]
   */
  by(factor, { clientX, clientY } = {}) {
    const box = this.stage.getBoundingClientRect();
    const scale = Math.min(Math.max(this.scale * factor, 1), MOST);
    const [middleX, middleY] = [box.x + box.width / 2, box.y + box.height / 2];
    const [px, py] = [(clientX ?? middleX) - middleX, (clientY ?? middleY) - middleY];
    if (this.scale === 1 && scale > 1) this.listener.enlarge();
    const ratio = scale / this.scale;
    this.x = px - (px - this.x) * ratio;
    this.y = py - (py - this.y) * ratio;
    this.scale = scale;
    this.#apply();
  }

  #spread() {
    const [a, b] = [...this.pointers.values()];
    return { distance: Math.hypot(a.x - b.x, a.y - b.y), clientX: (a.x + b.x) / 2, clientY: (a.y + b.y) / 2 };
  }

  #down(event) {
    const [button, inside] = [event.target.closest('button, a'), this.stage.contains(event.target)];
    if (event.button > 0 || (button ? !button.matches('.step') : !inside)) return;
    // A button keeps its click unless the finger swipes.
    if (!button) this.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const at = { x: event.clientX, y: event.clientY, at: event.timeStamp };
    if (this.pointers.size === 1) this.start = { ...at, moved: 0, pinched: false, button };
    if (this.pointers.size === 2) {
      this.start.pinched = true;
      this.before = this.#spread();
      this.listener.drag(0);
    }
  }

  #move(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) return;
    const [dx, dy] = [event.clientX - pointer.x, event.clientY - pointer.y];
    Object.assign(pointer, { x: event.clientX, y: event.clientY });
    const moved = Math.hypot(event.clientX - this.start.x, event.clientY - this.start.y);
    this.start.moved = Math.max(this.start.moved, moved);
    if (this.start.button && this.start.moved >= TAP_MOVES) this.stage.setPointerCapture(event.pointerId);
    if (this.pointers.size === 2) {
      const now = this.#spread();
      this.x += now.clientX - this.before.clientX;
      this.y += now.clientY - this.before.clientY;
      this.by(now.distance / Math.max(this.before.distance, 1), now);
      this.before = now;
    } else if (this.scale > 1) {
      this.x += dx;
      this.y += dy;
      this.#apply();
    } else if (!this.start.pinched) {
      this.listener.drag(event.clientX - this.start.x);
    }
  }

  #up(event) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size) return;
    const { x, at, moved, pinched, button } = this.start;
    if (pinched) return;
    if (moved < TAP_MOVES) {
      if (event.type === 'pointerup' && !button) this.#tap(event);
      if (this.scale === 1) this.listener.drag(0);
    } else if (this.scale === 1) {
      const dx = event.type === 'pointercancel' ? 0 : event.clientX - x;
      this.listener.release(dx, dx / Math.max(event.timeStamp - at, 1));
    }
  }

  #tap(event) {
    clearTimeout(this.tapping);
    if (event.timeStamp - this.lastTap < DOUBLE_TAP) {
      this.lastTap = 0;
      this.by(this.scale > 1 ? 1 / MOST : 2.5, event);
      return;
    }
    this.lastTap = event.timeStamp;
    this.tapping = setTimeout(() => this.listener.tap(), DOUBLE_TAP);
  }
}
