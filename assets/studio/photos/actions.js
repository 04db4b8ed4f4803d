// What is done to photos: hidden, shown, deleted, tried again, pinned to the wall or kept off it.

import { confirm } from '../core/dialogs.js';
import { attempt, notify } from '../core/notices.js';
import { changePhotos } from '../core/server.js';
import { plural, text } from '../../shared/text.js';

const OPPOSITE = { hide: 'show', show: 'hide' };
/** Those that an action changes: so that taking it back changes no other. */
const CHANGES = { hide: ({ hidden }) => !hidden, show: ({ hidden }) => hidden };

function told(action, count) {
  switch (action) {
    case 'hide': return plural('studio.told.hide', count);
    case 'show': return plural('studio.told.show', count);
    case 'delete': return plural('studio.told.delete', count);
    case 'retry': return plural('studio.told.retry', count);
    case 'pin': return plural('studio.told.pin', count);
    case 'skip': return plural('studio.told.skip', count);
    default: return plural('studio.told.unpin', count);
  }
}

const sure = (count) => confirm({
  title: plural('studio.delete.title', count),
  body: text('studio.delete.body'),
  action: text('studio.photo.delete'),
  danger: true,
});

/** Changes photos of an event; deleting is asked about, hiding can be taken back. `after` is called when it is done. */
export async function change(eventId, photos, action, after) {
  if (action === 'delete' && !await sure(photos.length)) return false;
  const touched = photos.filter(CHANGES[action] ?? (() => true));
  const ids = touched.map(({ id }) => id);
  if (!ids.length) return true;
  const changed = await attempt(() => changePhotos(eventId, ids, action));
  if (changed === undefined) return false;
  const back = OPPOSITE[action];
  // As they are from now on.
  const turned = touched.map((photo) => ({ ...photo, hidden: !photo.hidden }));
  const undo = back && { label: text('studio.undo'), run: () => change(eventId, turned, back, after) };
  notify(told(action, changed), { action: undo || null });
  after(action, ids);
  return true;
}
