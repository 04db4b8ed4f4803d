// Line icons, 24 by 24, drawn in the text's colour. Hidden from screen readers: words or labels stand beside them.

import { html } from '../vendor/lit-html/lit-html.js';

const PATHS = {
  add: 'M12 5v14M5 12h14',
  back: 'M14.5 5l-7 7 7 7',
  camera: 'M4 8h3.5L9 5.5h6L16.5 8H20a1 1 0 0 1 1 1v9.5a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1z' +
    'M12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.5V12l3 2',
  close: 'M6 6l12 12M18 6L6 18',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  delete: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  down: 'M6 9l6 6 6-6',
  download: 'M12 4v11M7 10.5l5 5 5-5M4.5 20h15',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  face: 'M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3' +
    'M9 10v.5M15 10v.5M9 14.5a4 4 0 0 0 6 0',
  folder: 'M3 6h6l2 2.5h10V19H3z',
  grid: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  heart: 'M12 20.5S3.5 15.6 3.5 9.4A4.6 4.6 0 0 1 12 6.9a4.6 4.6 0 0 1 8.5 2.5c0 6.2-8.5 11.1-8.5 11.1z',
  hide: 'M4 4l16 16M10 5.8A9 9 0 0 1 12 5.5c5.5 0 8.8 4.7 9.5 6.5a13 13 0 0 1-2.8 3.8M6.5 7.5A13 13 0 0 0 2.5 12' +
    'c.7 1.8 4 6.5 9.5 6.5a9 9 0 0 0 4-1M10 10a2.9 2.9 0 0 0 4 4',
  live: 'M4 19V10M10 19V5M16 19v-7M21 19H3',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  next: 'M9.5 5l7 7-7 7',
  notMe: 'M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM3 20.5c.5-3.5 3.3-5.5 7-5.5 1.2 0 2.3.2 3.2.6M16 15.5l5 5M21 15.5l-5 5',
  pause: 'M8 5v14M16 5v14',
  people: 'M9 12a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5zM2 20c.5-3.4 3.3-5.5 7-5.5s6.5 2.1 7 5.5' +
    'M15.5 4.8a3.6 3.6 0 0 1 0 7M18 15c2.2.6 3.6 2.5 4 5',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.6-3.7 3.6-6 7.5-6s6.9 2.3 7.5 6',
  picture: 'M4 5h16v14H4zM4 16l4.5-4.5 4 4 3-3.5 4.5 4.5M14.5 9.5v.1',
  pin: 'M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v6',
  play: 'M8 5l11 7-11 7z',
  print: 'M7 8V4h10v4M7 17H4V8h16v9h-3M7 14h10v6H7z',
  retry: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 4v4h-4',
  settings: 'M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4',
  share: 'M12 15V3.5M8 7l4-4 4 4M6 11H5v9.5h14V11h-1',
  shield: 'M12 3.5l7 2.5v5.5c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6zM9 12l2.2 2.2L15.3 10',
  skip: 'M5 6l8 6-8 6zM18 6v12',
  up: 'M12 19V5M6 11l6-6 6 6',
  upload: 'M12 16V5M7 9.5L12 5l5 4.5M5 20h14',
  wall: 'M3 5h18v11H3zM9 20h6M12 16v4',
  warning: 'M12 4l9 16H3zM12 10v4.5M12 17.2v.1',
};

/** An icon by its name; `filled` as well as outlined. */
export const icon = (name, filled = false) => html`<svg class="icon ${filled ? 'full' : ''}" viewBox="0 0 24 24"
  aria-hidden="true"><path d=${PATHS[name]}></path></svg>`;
