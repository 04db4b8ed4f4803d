// The address that guests' links carry: the photographer's choice, and pages that are open when it changes.

import assert from 'node:assert/strict';
import { axe, fits, photos, scenario, shot, until } from './lib.mjs';
import { anotherBrowser, ask, indexed, openEvent, photographer, readQr } from './studio.mjs';

/** What a code says; nothing while its picture is being loaded. */
const codeIn = (picture) => readQr(picture).catch(() => '');
const SCREEN = { device: 'desktop', viewport: { width: 1920, height: 1080 } };

scenario('open pages show the new code when the address changes', async (world) => {
  const program = await world.program('[server]\nmdns = false\n');
  await program.stop();
  // Only a server that listens in all networks has a choice.
  await program.serve('0.0.0.0:0');
  const person = await photographer(world, program);
  const { page, say } = person;
  const choose = (address) => ask(person, '/studio/address', { method: 'PUT', json: { address } });
  const { networks } = await ask(person, '/studio/address');
  assert.ok(networks.some(({ address }) => address === '127.0.0.1'));
  const other = networks.find(({ address }) => address !== '127.0.0.1');
  if (!other) return 'SKIPPED: this computer has one address only';
  await choose(other.address);

  const event = await openEvent(person, {}, 'share');
  await program.import(event, photos(101));
  await indexed(person, event, 1);
  const { link, wall_link: wall } = await ask(person, `/events/${event.id}/sharing`);
  assert.ok(link.startsWith(`http://${other.address}:`));
  const card = page.locator('.guests-address');
  await card.getByText(say('studio.address.by.studio')).waitFor();
  await card.getByText(say('studio.address.other')).click();
  await axe(page);
  await fits(page);
  await shot(page, 'studio-address', { fullPage: true });

  const second = await anotherBrowser(world, program, { device: 'desktop' });
  const projector = await world.person(program, SCREEN);
  await projector.page.goto(new URL(wall).pathname + new URL(wall).hash);
  const onWall = projector.page.locator('#qr');
  await until(async () => await codeIn(onWall) === link, 'the wall has the code');

  await card.getByRole('radio', { name: '127.0.0.1' }).check();
  const changed = link.replace(other.address, '127.0.0.1');
  await until(async () => await codeIn(page.locator('.share-main .qr img')) === changed, 'the code on the page is new');
  await page.getByText(say('studio.warning.local_only')).first().waitFor();
  // Who chose needs no banner.
  assert.equal(await page.getByText(say('studio.moved.title')).count(), 0);

  const banner = second.page.locator('.moved');
  await banner.getByText(second.say('studio.moved.title')).waitFor();
  await until(async () => await codeIn(banner.locator('.qr img')) === changed, 'the banner has the new code');
  await axe(second.page);
  await fits(second.page);
  await shot(second.page, 'studio-moved');
  await banner.getByRole('button').click();
  await banner.waitFor({ state: 'detached' });

  await until(async () => await codeIn(onWall) === changed, 'the wall has the new code');
  await projector.page.getByText(projector.say('wall.moved')).waitFor();
  await shot(projector.page, 'wall-moved');
});
