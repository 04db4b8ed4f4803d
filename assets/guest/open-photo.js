// Opens the large view. Its module is loaded once the first photos are shown.

import { text } from '../shared/text.js';
import { toast } from '../shared/toast.js';

/** Browsers remember a failed module load: the next attempt needs another URL. */
let failures = 0;
const load = () => import(failures ? `./photo.js?${failures}` : './photo.js').catch(() => { failures += 1; });

/** Opens the photo at `index` of `list()`; afterwards the focus returns to `grid`. */
export async function openPhoto(list, index, grid, need) {
  const module = await load() ?? await load();
  if (module) module.open(list, index, grid, need);
  else toast(text('error.network'), { words: text('page.retry'), action: () => location.reload() });
}
