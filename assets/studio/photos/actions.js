// Actions on photos: hide, show, delete, retry, pin and skip.

import { plural, text } from '../../shared/text.js';
import { confirm } from '../core/dialogs.js';
import { attempt, notify } from '../core/notices.js';
import { changePhotos } from '../core/server.js';

const OPPOSITE = { hide: 'show', show: 'hide' };
/** The photos that an action changes, so that undoing it changes no others. Those that wait get their answer. */
const CHANGES = { hide: ({ hidden, held }) => !hidden || held, show: ({ hidden }) => hidden };

function doneSentence(action, count, waited) {
  if (waited && action === 'show') return plural('studio.told.approve', count);
  if (waited && action === 'hide') return plural('studio.told.reject', count);
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

const confirmDelete = (count) => confirm({
  title: plural('studio.delete.title', count),
  body: text('studio.delete.body'),
  action: text('studio.photo.delete'),
  danger: true,
});

/** Changes photos of an event; deleting asks first, hiding can be undone. `after` is called when done. */
export async function change(eventId, photos, action, after) {
  if (action === 'delete' && !await confirmDelete(photos.length)) return false;
  const touched = photos.filter(CHANGES[action] ?? (() => true));
  const ids = touched.map(({ id }) => id);
  if (!ids.length) return true;
  const changed = await attempt(() => changePhotos(eventId, ids, action));
  if (changed === undefined) return false;
  const waited = touched.every(({ held }) => held);
  // To show what was kept hidden would approve it.
  const back = waited && action === 'hide' ? null : OPPOSITE[action];
  // The photos after the change.
  const turned = touched.map((photo) => ({ ...photo, hidden: action === 'hide', held: false }));
  const undo = back && { label: text('studio.undo'), run: () => change(eventId, turned, back, after) };
  notify(doneSentence(action, changed, waited), { action: undo || null });
  after(action, ids);
  return true;
}
