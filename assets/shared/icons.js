// Line icons, 24 units wide; hidden from screen readers, since words or labels always stand beside them.

import { html } from '../vendor/lit-html/lit-html.js';

const line = (path) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${path}></path></svg>`;

export const heart = (full) => html`<svg class="icon ${full ? 'full' : ''}" viewBox="0 0 24 24" aria-hidden="true">
  <path d="M12 20.5S3.5 15.6 3.5 9.4A4.6 4.6 0 0 1 12 6.9a4.6 4.6 0 0 1 8.5 2.5c0 6.2-8.5 11.1-8.5 11.1z"></path></svg>`;
export const back = () => line('M14.5 5 7.5 12l7 7');
export const next = () => line('M9.5 5l7 7-7 7');
export const up = () => line('M12 19V5M6 11l6-6 6 6');
export const close = () => line('M6 6l12 12M18 6 6 18');
export const check = () => line('M5 12.5l4.5 4.5L19 7.5');
export const download = () => line('M12 4v11M7 10.5l5 5 5-5M4.5 20h15');
export const share = () => line('M12 15V3.5M8 7l4-4 4 4M6 11H5v9.5h14V11h-1');
export const hide = () => line('M4 4l16 16M10 5.8A9 9 0 0 1 12 5.500c5.500 0 8.800 4.700 9.500 6.500a13 13 0 0 1-2.800 3.800M6.500 7.500A13 13 0 0 0 2.500 12c.7 1.800 4 6.500 9.500 6.500a9 9 0 0 0 4-1M10 10a2.900 2.900 0 0 0 4 4');
export const notMe = () => line('M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM3 20.500c.5-3.500 3.300-5.500 7-5.500 1.200 0 2.300.2 3.200.6M16 15.500l5 5M21 15.500l-5 5');
export const face = () => line('M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M9 10v.5M15 10v.5M9 14.500a4 4 0 0 0 6 0');
export const camera = () => line('M4 8h3.500L9 5.500h6L16.500 8H20a1 1 0 0 1 1 1v9.500a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1zM12 16.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z');
export const picture = () => line('M4 5h16v14H4zM4 16l4.500-4.500 4 4L15.500 12l4.500 4.500M14.500 9.500v.1');
export const clock = () => line('M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 7.500V12l3 2');
export const shield = () => line('M12 3.500l7 2.500v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6zM9 12l2.200 2.200L15.300 10');
export const person = () => line('M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c.6-3.700 3.600-6 7.500-6s6.900 2.300 7.500 6');
export const grid = () => line('M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z');
