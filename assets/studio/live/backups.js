// The regular backups: when the last one was taken, and what keeps the next one from being taken.

import { dayAndTime, plural, text } from '../../shared/text.js';

/** @param {Api.Backups} backups */
function trouble({ trouble, trouble_since: since, reason, damaged_files: files }) {
  const time = since ? dayAndTime(since) : '';
  switch (trouble) {
    case 'away': return text('studio.backup.away', { time });
    case 'failed': return text('studio.backup.failed', { time, reason });
    case 'damaged': return plural('studio.backup.damaged', files);
    default: return '';
  }
}

/**
 * In words.
 * @param {Api.Backups} backups
 */
export function backupsInWords(backups) {
  const taken = backups.taken_at
    ? text('studio.backup.last', { time: dayAndTime(backups.taken_at) }) : text('studio.backup.never');
  return [taken, backups.running ? text('studio.backup.running') : trouble(backups)].filter(Boolean).join(' · ');
}
