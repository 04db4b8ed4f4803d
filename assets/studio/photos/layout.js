// How many tiles fit beside each other, how high a row is, and which rows are near the screen.

const GAP = 12;
const LEAST = 168;
const LEAST_ON_PHONES = 132;
const CAPTION = 30;
/** Rows above and below the screen that are ready before they are scrolled to. */
const SPARE_ROWS = 3;

/** Remembers the last measures, for the time before there is something to measure. */
export function layout() {
  let last = { columns: 5, height: 160, width: 0 };
  return {
    measure(node) {
      const width = node?.clientWidth ?? 0;
      if (width && width !== last.width) {
        const least = width < 560 ? LEAST_ON_PHONES : LEAST;
        const columns = Math.max(2, Math.floor((width + GAP) / (least + GAP)));
        const tile = (width - GAP * (columns - 1)) / columns;
        last = { columns, height: Math.round((tile * 2) / 3) + CAPTION + GAP, width };
      }
      return last;
    },
  };
}

/** The first position that is shown and the one after the last; whole rows. */
export function shown({ columns, height }, node, total) {
  const top = node ? node.getBoundingClientRect().top : 0;
  const firstRow = Math.max(0, Math.floor(-top / height) - SPARE_ROWS);
  const rows = Math.ceil(innerHeight / height) + 2 * SPARE_ROWS;
  const first = Math.min(firstRow * columns, Math.max(0, Math.floor((total - 1) / columns) * columns));
  return { first, last: Math.min(total, first + rows * columns) };
}
