// The phone's own share sheet, which also saves into its gallery; only some browsers have one for files.

import { fetchFile } from './api.js';
import { text } from './text.js';
import { toast, toastProblem } from './toast.js';

export function canShare() {
  try {
    return Boolean(navigator.canShare?.({ files: [new File([''], 'photo.jpg', { type: 'image/jpeg' })] }));
  } catch {
    return false;
  }
}

async function hand(file) {
  try {
    await navigator.share({ files: [file] });
  } catch (error) {
    // The guest closed the share sheet.
    if (error.name === 'AbortError') return;
    // Sharing must follow a tap closely, and the download took too long. A second tap finds the file ready.
    const again = { words: text('photo.share'), action: () => hand(file) };
    if (error.name === 'NotAllowedError') toast(text('photo.share.ready'), again);
    else toast(text('photo.share.failed'));
  }
}

export async function share(address, name) {
  toast(text('photo.share.wait'));
  try {
    await hand(await fetchFile(address, name));
  } catch (error) {
    toastProblem(error);
  }
}
