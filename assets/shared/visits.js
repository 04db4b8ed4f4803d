// The events that this phone entered, kept in local storage only. In-app browsers may not have one.

const NAME = 'fotota.events';
const MOST = 20;

export function visits() {
  try {
    const kept = JSON.parse(localStorage.getItem(NAME) ?? '[]');
    return kept.filter(({ name, base }) => name && /^\/e\/[\w-]+$/.test(base));
  } catch {
    return [];
  }
}

function write(list) {
  try {
    if (list.length) localStorage.setItem(NAME, JSON.stringify(list));
    else localStorage.removeItem(NAME);
  } catch {
    // Without storage nothing is remembered.
  }
}

export function remember({ name, base }) {
  const others = visits().filter((visit) => visit.base !== base);
  write([{ name, base, at: new Date().toISOString() }, ...others].slice(0, MOST));
}

export const forgetVisit = (base) => write(visits().filter((visit) => visit.base !== base));
export const forgetVisits = () => write([]);
