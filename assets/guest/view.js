// The way into the large view, which is fetched when the first photos are there.

import { text } from '../shared/text.js';
import { toast } from '../shared/toast.js';

/** Browsers remember that a module could not be had: the next try asks for it by another name. */
let failures = 0;
const load = () => import(failures ? `./photo.js?${failures}` : './photo.js').catch(() => { failures += 1; });

/** Opens the photo at `index` of those that `list()` gives; the focus goes back to `grid`. */
export async function view(list, index, grid, need) {
  const module = await load() ?? await load();
  if (module) module.open(list, index, grid, need);
  else toast(text('error.network'), { words: text('page.retry'), action: () => location.reload() });
}
