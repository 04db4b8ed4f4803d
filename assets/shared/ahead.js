// Which photos the large view loads, and when: at a party hundreds of phones share the network.

const isInView = (image) => {
  const { top, bottom } = image.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
};

/** Whether there is room for a picture that nobody has asked for yet. */
function isQuiet() {
  const { saveData, effectiveType = '' } = /** @type {any} */ (navigator).connection ?? {};
  if (saveData || effectiveType.endsWith('2g')) return false;
  return ![...document.images].some((image) => !image.complete && isInView(image));
}

/** The photo that is shown; then, while nothing else is loading, the next one on the way. */
export function load(slots, shown, next) {
  for (const slot of slots) if (slot !== shown && slot !== next) slot.waive();
  shown?.enlarge();
  if (shown?.isThere && isQuiet()) next?.enlarge();
}
