// The venue's Wi-Fi for printed codes. Name and password stay in this browser.

import { recall, remember } from '../core/memory.js';

const PLACE = 'wifi';

export const readWifi = () => ({ name: '', password: '', hidden: false, ...recall(PLACE, {}) });

export const keepWifi = (wifi) => remember(PLACE, wifi);

const escaped = (text) => text.replace(/([\\;,":])/g, '\\$1');

/** Whether only devices in the server's own network can open this link. */
export function isLocal(link) {
  const { hostname } = new URL(link);
  return /^(10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\.|^\[f[cde]|\.local$|^localhost$|^[^.]+$/.test(hostname);
}

/** The text of a QR code that joins this Wi-Fi. */
export function wifiCode({ name, password, hidden }) {
  const secret = password ? `T:WPA;P:${escaped(password)};` : 'T:nopass;';
  return `WIFI:S:${escaped(name)};${secret}${hidden ? 'H:true;' : ''};`;
}
