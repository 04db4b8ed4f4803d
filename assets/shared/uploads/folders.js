// Dropped or chosen files as a flat list; folders are walked recursively.

import { boot } from '../text.js';

const names = new Intl.Collator(undefined, { numeric: true });
const path = (file) => file.webkitRelativePath || file.name;
/** As people count: `DSC_9`, `DSC_10`. A folder's files stay together. */
const byName = (one, other) => names.compare(path(one), path(other));

/** Puts all entries of a folder into `found`, also those before a failure. Browsers list a hundred at a time. */
async function entries(folder, found) {
  const reader = folder.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!some.length) return;
    found.push(...some);
  }
}

const asFile = (entry) => new Promise((resolve, reject) => { entry.file(resolve, reject); });

/** Whether somebody means a file or folder of this name: no recycle bin, no device's thumbnail. As `fotota import`. */
function isMeant(name, isFolder) {
  const { folders, files, beginnings, endings } = boot.clutter;
  const low = name.toLowerCase();
  if (low.startsWith('.')) return false;
  if (isFolder) return !folders.includes(low) && !low.endsWith('.lrdata');
  return !files.includes(low) && !beginnings.some((one) => low.startsWith(one))
    && !endings.some((one) => low.endsWith(one));
}

/** The folder that was chosen is meant, whatever its name. */
const isMeantWithin = (file) => path(file).split('/').slice(1, -1).every((folder) => isMeant(folder, true))
  && isMeant(file.name, false);

/**
 * Walks dropped files and folders. `found` gets some files at a time, so that sending starts before the last folder is
 * read. Stops when `signal` is aborted. Returns how many files and folders could not be read.
 */
export async function walk(transfer, found, signal) {
  // The list is emptied after the event: it must be read synchronously.
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const waiting = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
  let unreadable = items.length - waiting.length;
  waiting.sort(byName);
  while (waiting.length && !signal.aborted) {
    const some = waiting.splice(0, 64);
    const files = [];
    for (const entry of some) {
      try {
        if (entry.isDirectory) {
          /** @type {any[]} */ const inside = [];
          const meant = () => inside.filter((one) => isMeant(one.name, one.isDirectory)).sort(byName);
          await entries(entry, inside).finally(() => meant().forEach((one) => waiting.push(one)));
        } else files.push(entry.isFile ? await asFile(entry) : entry);
      } catch {
        // Removed meanwhile, or a name that this system cannot open.
        unreadable += 1;
      }
    }
    const meant = files.filter(({ name }) => isMeant(name, false));
    if (meant.length) found(meant);
  }
  return unreadable;
}

/** The files chosen in a file or folder field. */
export function chosen(input) {
  const files = [...input.files].filter(isMeantWithin).sort(byName);
  input.value = '';
  return files;
}

/** Raw files begin with one of these, HEIC and CR3 with a box of one of these kinds. */
const RAW = ['II*\0', 'MM\0*', 'IIRO', 'IIRS', 'IIU\0', 'MMOR', 'FUJI'];
const BRANDS = ['heic', 'heix', 'heim', 'heis', 'mif1', 'mif2', 'crx '];

/** Checks the first bytes for a supported picture, which avoids sending videos; the server looks at more of them. */
export async function looksLikePicture(file) {
  const bytes = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const starts = (...expected) => expected.every((byte, at) => bytes[at] === byte);
  const word = (at) => String.fromCharCode(...bytes.slice(at, at + 4));
  return starts(0xff, 0xd8, 0xff) || starts(0x89, 0x50, 0x4e, 0x47) || (word(0) === 'RIFF' && word(8) === 'WEBP')
    || (word(4) === 'ftyp' && BRANDS.includes(word(8))) || RAW.includes(word(0));
}
