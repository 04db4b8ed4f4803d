// Dropped or chosen files as a flat list; folders are walked recursively.

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

/** Skips files that operating systems put into folders. */
const isMeant = ({ name }) => !name.startsWith('.') && !['Thumbs.db', 'desktop.ini'].includes(name);

/**
 * Walks dropped files and folders. `found` gets some files at a time, so that sending starts before the last folder is
 * read. Stops when `signal` is aborted. Returns how many files and folders could not be read.
 */
export async function walk(transfer, found, signal) {
  // The list is emptied after the event: it must be read synchronously.
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const waiting = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
  let unreadable = items.length - waiting.length;
  while (waiting.length && !signal.aborted) {
    const some = waiting.splice(0, 64);
    const files = [];
    for (const entry of some) {
      try {
        if (entry.isDirectory) await entries(entry, waiting);
        else files.push(entry.isFile ? await asFile(entry) : entry);
      } catch {
        // Removed meanwhile, or a name that this system cannot open.
        unreadable += 1;
      }
    }
    const meant = files.filter(isMeant);
    if (meant.length) found(meant);
  }
  return unreadable;
}

/** The files chosen in a file or folder field. */
export function chosen(input) {
  const files = [...input.files].filter(isMeant);
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
