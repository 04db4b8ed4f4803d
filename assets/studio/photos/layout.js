// How many tiles fit beside each other, and how high a row is.

const GAP = 12;
const LEAST = 168;
const LEAST_ON_PHONES = 132;
const CAPTION = 30;

/** Keeps the last measures for when there is nothing to measure. */
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
