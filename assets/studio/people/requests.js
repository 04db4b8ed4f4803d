// Requests about the people of an event.

import { request, send } from '../../shared/api.js';
import { localPath } from '../../shared/local-path.js';

const path = (id, rest = '') => `/events/${id}/people${rest}`;
const write = (method, at, json) => send(method, at, { json });

/** @param {Api.PersonView} person */
const located = (person) => ({ ...person, face_url: person.face_url && localPath(person.face_url) });

/** @type {(id: number) => Promise<Api.PeopleOfEvent>} */
export async function readPeople(id) {
  const answer = await send('GET', path(id));
  return { ...answer, people: answer.people.map(located) };
}

export const turnPeople = (id, on) => request('PUT', path(id), { json: { on } });

/** @param {Api.PhotoOfPerson} photo */
const shown = (photo) => ({
  ...photo,
  url: localPath(photo.url),
  thumbnail_url: localPath(photo.thumbnail_url),
  face_url: localPath(photo.face_url),
});

/**
 * The photos with the person of a face, or with a known person.
 * @param {number} id
 * @param {{face?: number, person?: number | null}} whose
 */
export async function listPhotosOf(id, { face, person }) {
  const at = person ? path(id, `/${person}/images`) : `/events/${id}/faces/${face}/images`;
  return (await send('GET', at)).map(shown);
}

/**
 * @param {number} id
 * @param {Partial<Api.PersonCreate>} values
 * @returns {Promise<number>} the new person's id
 */
export const createPerson = async (id, values) => (await write('POST', path(id), values)).id;
export const renamePerson = (id, person, name) => request('PUT', path(id, `/${person}`), { json: { name } });
export const deletePerson = (id, person) => request('DELETE', path(id, `/${person}`));
export const correct = (id, person, faces, isPerson) =>
  request('POST', path(id, `/${person}/faces`), { json: { faces, is_person: isPerson } });
export const mergePeople = (id, person, other) =>
  request('POST', path(id, `/${person}/merge`), { json: { other } });
export const givePortrait = (id, person, file) =>
  request('POST', path(id, `/${person}/portrait`), { body: file, type: file.type || 'application/octet-stream' });
