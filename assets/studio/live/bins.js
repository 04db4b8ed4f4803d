// Merges time slots into bars of equal length, few enough to be told apart.

const MOST_BARS = 72;
/** How many slots make a bar: 5, 10, 15, 30 minutes, 1, 2, 6, 12 hours, a day. */
const WHOLE = [1, 2, 3, 6, 12, 24, 72, 144, 288];
const LEAST_BARS = 12;

/**
 * `lines` with `counts`, one for each of `starts`, from the first to the last slot with a count in `all`: plots beside
 * each other have the same axis.
 */
export function bins(given, slot, all = given) {
  const length = slot * 1000;
  const at = (start) => Math.floor(Date.parse(start) / length);
  const counted = (lines) => lines.flatMap(({ points }) => points.filter(([, count]) => count));
  const slots = counted(all).map(([start]) => at(start));
  const total = counted(given).length;
  if (!total) return { starts: [], lines: given.map((line) => ({ ...line, counts: [] })), total: 0 };
  const last = Math.max(...slots);
  const first = Math.min(...slots, last - LEAST_BARS + 1);
  const slotCount = last - first + 1;
  const whole = WHOLE.find((size) => slotCount / size <= MOST_BARS) ?? Math.ceil(slotCount / MOST_BARS);
  const from = Math.floor(first / whole);
  const bars = Math.floor(last / whole) - from + 1;
  const lines = given.map((line) => {
    const counts = new Array(bars).fill(0);
    for (const [start, count] of line.points) {
      const bar = Math.floor(at(start) / whole) - from;
      if (bar >= 0 && bar < bars) counts[bar] += count;
    }
    return { ...line, counts };
  });
  const starts = Array.from({ length: bars }, (_, bar) => new Date((from + bar) * whole * length).toISOString());
  return { starts, lines, total };
}

/** Round numbers from 0 to at least `most`, for the lines behind the bars. */
export function steps(most) {
  const raw = most / 3;
  const power = 10 ** Math.floor(Math.log10(Math.max(raw, 1)));
  const step = Math.max(1, [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw) ?? 10 * power);
  const found = [];
  for (let value = 0; value < most + step; value += step) found.push(value);
  return found;
}
