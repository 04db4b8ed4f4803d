// Running totals of the queue, and its speed.

const WINDOW = 20_000;

/** Counts files by state, and bytes: all, and those that need no more sending. */
export class Tally {
  constructor() {
    this.states = { waiting: 0, sending: 0, retrying: 0, done: 0, there: 0, refused: 0 };
    this.items = 0;
    this.bytes = 0;
    this.settled = 0;
    this.samples = [];
  }

  /** The tally of unfinished files. */
  static of(items) {
    const tally = new Tally();
    for (const item of items) {
      tally.add(item);
      item.counted = 0;
      tally.count(item, item.sent);
    }
    return tally;
  }

  add(item) {
    this.items += 1;
    this.bytes += item.size;
    this.states[item.state] += 1;
  }

  remove(item) {
    this.items -= 1;
    this.bytes -= item.size;
    this.settled -= item.counted;
    this.states[item.state] -= 1;
  }

  state(item, state) {
    this.states[item.state] -= 1;
    this.states[state] += 1;
    item.state = state;
    if (state === 'refused' || state === 'there' || state === 'done') this.count(item, item.size);
    if (state === 'waiting') this.count(item, item.sent);
  }

  /** Sets how many bytes of an item need no more sending. */
  count(item, bytes) {
    this.settled += bytes - item.counted;
    item.counted = bytes;
  }

  /** Records bytes that were just sent. */
  sent(bytes, now = performance.now()) {
    this.samples.push([now, bytes]);
    while (this.samples[0][0] < now - WINDOW) this.samples.shift();
  }

  /** Recent bytes per second. */
  rate(now = performance.now()) {
    const recent = this.samples.filter(([at]) => at >= now - WINDOW);
    if (recent.length < 2) return 0;
    const total = recent.slice(1).reduce((sum, [, bytes]) => sum + bytes, 0);
    return (1000 * total) / Math.max(now - recent[0][0], 500);
  }

  get left() {
    return this.states.waiting + this.states.sending + this.states.retrying;
  }

  get finished() {
    return this.items - this.left;
  }

  get share() {
    return this.bytes ? this.settled / this.bytes : 1;
  }
}
