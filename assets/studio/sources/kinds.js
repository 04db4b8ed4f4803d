// The kinds of sources, in words.

import { text } from '../../shared/text.js';

export const KINDS = {
  folder: { sign: 'folder', label: text('studio.sources.folder'), hint: text('studio.sources.folder_hint') },
  camera: { sign: 'camera', label: text('studio.sources.camera'), hint: text('studio.sources.camera_hint') },
  contributor: { sign: 'person', label: text('studio.sources.contributor'),
    hint: text('studio.sources.contributor_hint') },
  guests: { sign: 'people', label: text('studio.sources.guests'), hint: text('studio.sources.guests_hint') },
};

/** What went wrong, and what to do. */
export function troubleSentence(code) {
  switch (code) {
    case 'folder_missing': return text('studio.trouble.folder_missing');
    case 'folder_unreadable': return text('studio.trouble.folder_unreadable');
    case 'file_incomplete': return text('studio.trouble.file_incomplete');
    case 'file_refused': return text('studio.trouble.file_refused');
    case 'transfer_broken': return text('studio.trouble.transfer_broken');
    case 'wrong_password': return text('studio.trouble.wrong_password');
    case 'full': return text('studio.trouble.full');
    case 'event_closed': return text('studio.trouble.event_closed');
    case 'disk_full': return text('studio.trouble.disk_full');
    default: return text('studio.trouble.internal');
  }
}
