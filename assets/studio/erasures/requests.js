// Requests about what was erased, and about the clock by which that happens.

import { request, send } from '../../shared/api.js';

/** @type {() => Promise<Api.Erasures>} */
export const readErasures = () => send('GET', '/studio/erasures');
/** @type {() => Promise<Api.RetentionState>} */
export const readClock = () => send('GET', '/studio/clock');
/** @type {(right: string) => Promise<Response>} */
export const sayRight = (right) => request('PUT', '/studio/clock', { json: { right } });
