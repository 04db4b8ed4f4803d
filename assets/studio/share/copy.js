// Copies text to the clipboard; without a secure context through a selection.

import { text } from '../../shared/text.js';
import { notify } from '../core/notices.js';

function bySelection(value) {
  const field = document.createElement('textarea');
  field.value = value;
  field.className = 'said';
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  return copied;
}

export async function copy(value) {
  const from = /** @type {HTMLElement | null} */ (document.activeElement);
  const copied = await (navigator.clipboard?.writeText(value).then(() => true, () => bySelection(value))
    ?? bySelection(value));
  from?.focus?.();
  notify(copied ? text('studio.copied') : text('studio.copy_failed'), { alarm: !copied });
}
