// What the audit log calls what was done.

import { text } from '../../shared/text.js';

/** @type {Record<string, string>} */
export const actions = {
  'account.sign_in': text('studio.audit.account.sign_in'),
  'account.sign_in_provider': text('studio.audit.account.sign_in_provider'),
  'account.sign_out': text('studio.audit.account.sign_out'),
  'account.create': text('studio.audit.account.create'),
  'account.delete': text('studio.audit.account.delete'),
  'account.promote': text('studio.audit.account.promote'),
  'account.demote': text('studio.audit.account.demote'),
  'account.disable': text('studio.audit.account.disable'),
  'account.enable': text('studio.audit.account.enable'),
  'account.password': text('studio.audit.account.password'),
  'account.token': text('studio.audit.account.token'),
  'second_factor.on': text('studio.audit.second_factor.on'),
  'second_factor.off': text('studio.audit.second_factor.off'),
  'second_factor.recovery_codes': text('studio.audit.second_factor.recovery_codes'),
  'secrets.rotate': text('studio.audit.secrets.rotate'),
  'event.create': text('studio.audit.event.create'),
  'event.change': text('studio.audit.event.change'),
  'event.delete': text('studio.audit.event.delete'),
  'photo.upload': text('studio.audit.photo.upload'),
  'upload.delete': text('studio.audit.upload.delete'),
  'photo.change': text('studio.audit.photo.change'),
  'photo.delete': text('studio.audit.photo.delete'),
  'photo.version': text('studio.audit.photo.version'),
  'watermark.set': text('studio.audit.watermark.set'),
  'watermark.delete': text('studio.audit.watermark.delete'),
  'people.turn': text('studio.audit.people.turn'),
  'person.create': text('studio.audit.person.create'),
  'person.rename': text('studio.audit.person.rename'),
  'person.delete': text('studio.audit.person.delete'),
  'person.correct': text('studio.audit.person.correct'),
  'person.merge': text('studio.audit.person.merge'),
  'person.portrait': text('studio.audit.person.portrait'),
  'source.create': text('studio.audit.source.create'),
  'source.change': text('studio.audit.source.change'),
  'source.delete': text('studio.audit.source.delete'),
  'clock.set': text('studio.audit.clock.set'),
  'clock.confirm': text('studio.audit.clock.confirm'),
  'invitation.create': text('studio.audit.invitation.create'),
  'address.choose': text('studio.audit.address.choose'),
  'rehearsal.start': text('studio.audit.rehearsal.start'),
  'rehearsal.stop': text('studio.audit.rehearsal.stop'),
};

/** @type {Record<string, string>} */
export const ways = {
  browser: text('studio.audit.via.browser'),
  app: text('studio.audit.via.app'),
  command: text('studio.audit.via.command'),
};
