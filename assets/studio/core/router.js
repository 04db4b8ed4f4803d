// Reads page and event id from the fragment of the address.

const IN_EVENT = ['photos', 'sources', 'people', 'clocks', 'live', 'share', 'wall', 'settings'];

/** The page and event of the current address. */
export function route() {
  const [first, id, third] = location.hash.replace(/^#\/?/, '').split('/');
  if (first === 'new') return { page: 'create' };
  if (first === 'erasures') return { page: 'erasures' };
  if (first === 'audit') return { page: 'audit' };
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
