// The venue's Wi-Fi for printed codes. Name and password stay in this browser.

import { recall, remember } from '../core/memory.js';

const PLACE = 'wifi';

export const readWifi = () => ({ name: '', password: '', hidden: false, ...recall(PLACE, {}) });

export const keepWifi = (wifi) => remember(PLACE, wifi);

const escaped = (text) => text.replace(/([\\;,":])/g, '\\$1');

/** The text of a QR code that joins this Wi-Fi. */
export function wifiCode({ name, password, hidden }) {
  const secret = password ? `T:WPA;P:${escaped(password)};` : 'T:nopass;';
  return `WIFI:S:${escaped(name)};${secret}${hidden ? 'H:true;' : ''};`;
}
