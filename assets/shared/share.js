// The phone's own share sheet, which also saves into its gallery; only some browsers have one for files.

import { fetchFile } from './api.js';
import { text } from './text.js';
import { toast, toastProblem } from './toast.js';

/** What phones take at once. */
export const MOST = 10;
const MOST_BYTES = 100 * 1024 * 1024;

export function canShare() {
  try {
    return Boolean(navigator.canShare?.({ files: [new File([''], 'photo.jpg', { type: 'image/jpeg' })] }));
  } catch {
    return false;
  }
}

async function hand(files) {
  try {
    await navigator.share({ files });
  } catch (error) {
    // The guest closed the share sheet.
    if (error.name === 'AbortError') return;
    // Sharing must follow a tap closely, and the download took too long. A second tap finds the file ready.
    const again = { words: text('photo.share'), action: () => hand(files) };
    if (error.name === 'NotAllowedError') toast(text('photo.share.ready'), again);
    else toast(text('photo.share.failed'));
  }
}

/** Fetches these photos one after the other and hands them on together. */
export async function share(photos, address) {
  toast(text('photo.share.wait'));
  const files = [];
  try {
    for (const photo of photos) {
      files.push(await fetchFile(address(photo, 'download'), photo.file_name));
      const bytes = files.reduce((sum, file) => sum + file.size, 0);
      if (bytes > MOST_BYTES) return toast(text('photo.share.large'));
    }
    await hand(files);
  } catch (error) {
    toastProblem(error);
  }
}
