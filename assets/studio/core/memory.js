// What this browser remembers for the photographer; never anything about guests.

const PREFIX = 'fotota.studio.';

/**
 * The value under `name`, or `otherwise`.
 * @param {string} name
 * @param {any} [otherwise]
 */
export function recall(name, otherwise = null) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name) ?? 'null') ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Keeps a value; browsers that keep nothing go on without. */
export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Full or forbidden: it is only convenience.
  }
}

/** Lets go of a value. */
export function forget(name) {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // As above.
  }
}
