// What this browser remembers for the photographer; nothing about guests.

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

/** Keeps a value, if the browser has storage. */
export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Storage may be full or forbidden; it is only a convenience.
  }
}

/** Removes a value. */
export function forget(name) {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // See `remember`.
  }
}
