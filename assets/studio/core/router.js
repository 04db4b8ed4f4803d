// The part of the address behind "#", as the name of a page and an event's number.

const IN_EVENT = ['photos', 'live', 'share', 'wall', 'settings'];

/** What the address asks for. */
export function route() {
  const [first, id, third] = location.hash.replace(/^#\/?/, '').split('/');
  if (first === 'new') return { page: 'create' };
  if (first === 'events' && /^\d+$/.test(id ?? '')) {
    return { page: IN_EVENT.includes(third) ? third : 'photos', id: Number(id) };
  }
  return { page: 'events' };
}

/** The address of a page of an event. */
export const eventLink = (id, page = 'photos') => `#/events/${id}/${page}`;

export const go = (hash) => {
  location.hash = hash;
};
