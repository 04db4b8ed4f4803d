// The way into the large view, which is fetched when the first photos are there.

import { text } from '../shared/text.js';
import { toast } from '../shared/toast.js';

/** Opens the photo at `index` of those that `list()` gives; the focus goes back to `grid`. */
export async function view(list, index, grid, need) {
  const { open } = await import('./photo.js').catch(() => ({}));
  if (open) open(list, index, grid, need);
  else toast(text('error.network'));
}
