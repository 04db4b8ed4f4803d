// Requests about the sources of an event's photos.

import { request, send } from '../../shared/api.js';

const path = (id, more = '') => `/events/${id}/sources${more}`;

/** @type {(id: number) => Promise<Api.SourceList>} */
export const listSources = (id) => send('GET', path(id));
/** @type {(id: number, values: Api.SourceCreate) => Promise<Api.SourceView>} */
export const createSource = (id, values) => send('POST', path(id), { json: values });
/** @type {(id: number, source: number, values: Api.SourceUpdate) => Promise<Api.SourceView>} */
export const changeSource = (id, source, values) => send('PUT', path(id, `/${source}`), { json: values });
export const deleteSource = (id, source) => request('DELETE', path(id, `/${source}`));
/** @type {(id: number, source: number) => Promise<Api.SourceAccess>} */
export const readAccess = (id, source) => send('GET', path(id, `/${source}/access`));
