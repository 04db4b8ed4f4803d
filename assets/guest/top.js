// The way back to the top of a long gallery.

import { render } from '../vendor/lit-html/lit-html.js';
import { icon } from '../shared/icons.js';
import { text } from '../shared/text.js';

/** So many screens from the top, swiping back takes long. */
const FAR = 2;
const properties = { type: 'button', className: 'button to-top', title: text('page.top'), hidden: true };
const button = Object.assign(document.createElement('button'), properties);
button.setAttribute('aria-label', text('page.top'));
render(icon('up'), button);

button.addEventListener('click', () => {
  scrollTo(0, 0);
  document.querySelector('main h2')?.focus({ preventScroll: true });
});
addEventListener('scroll', () => { button.hidden = scrollY < FAR * innerHeight; }, { passive: true });
document.getElementById('foot')?.before(button);
