// The live wall, while the photographer works.

import assert from 'node:assert/strict';
import { axe, photos, scenario, shot, until } from './lib.mjs';
import { ask, indexed, openEvent, photographer } from './studio.mjs';

const SCREEN = { device: 'desktop', viewport: { width: 1920, height: 1080 } };

async function withWall(world, files, options = {}) {
  const program = await world.program();
  const person = await photographer(world, program);
  const event = await openEvent(person, {}, 'wall');
  if (files.length) {
    await program.import(event, files);
    await indexed(person, event, files.length);
  }
  const { wall_link: link } = await ask(person, `/events/${event.id}/sharing`);
  const projector = await world.person(program, { ...SCREEN, ...options });
  await projector.page.goto(new URL(link).pathname + new URL(link).hash);
  const change = (ids, action) => ask(person, `/events/${event.id}/images/change`, { method: 'POST', json: { ids, action } });
  const all = async () => (await ask(person, `/events/${event.id}/my-event-images?limit=50&sort_by=file_name`)).items;
  const shown = () => projector.page.locator('[data-photo]').evaluateAll((places) => places.map(({ dataset }) => Number(dataset.photo)));
  return { program, person, event, projector, change, all, shown };
}

scenario('new photos appear, hidden ones vanish, and nothing grows', async (world) => {
  const { program, person, event, projector, change, all, shown } = await withWall(world, photos(101, 103, 106, 107, 108, 110));
  const { page } = projector;
  await until(async () => (await shown()).length === 4, 'four photos are on the wall');
  assert.equal(new URL(page.url()).hash, '', 'the key is out of the address bar');
  await axe(page);
  await page.waitForTimeout(2500);
  await shot(page, 'wall');
  await page.addInitScript(() => {
    // Twenty times as fast, counting object URLs.
    const [later, create, revoke] = [setTimeout, URL.createObjectURL, URL.revokeObjectURL];
    const held = new Set();
    globalThis.pictures = { made: 0, held };
    globalThis.setTimeout = (task, wait, ...more) => later(task, wait / 20, ...more);
    URL.createObjectURL = (blob) => {
      const address = create(blob);
      globalThis.pictures.made += 1;
      held.add(address);
      return address;
    };
    URL.revokeObjectURL = (address) => {
      held.delete(address);
      revoke(address);
    };
  });
  await page.reload();
  await until(async () => (await shown()).length === 4, 'the cookie is enough after a reload');

  await program.import(event, photos(102));
  await indexed(person, event, 7);
  const added = (await all()).find(({ file_name: name }) => name === 'DSC_0102.jpg');
  await until(async () => (await shown()).includes(added.id), 'the new photo is on the wall');
  await change([added.id], 'hide');
  await until(async () => !(await shown()).includes(added.id), 'the hidden photo is off the wall');
  const [first] = await shown();
  await change([first], 'delete');
  await until(async () => !(await shown()).includes(first), 'the deleted photo is off the wall');
  await until(async () => (await shown()).length === 4, 'another one took its place');
  const made = () => page.evaluate(() => globalThis.pictures.made);
  const before = await made();
  await until(async () => await made() > before + 60, 'many pictures came and went', 60_000);
  const held = await page.evaluate(() => globalThis.pictures.held.size);
  // Four places with two images each, and one that is being decoded.
  assert.ok(held <= 9, `${held} pictures are held`);
});

scenario('a picture that is being decoded keeps its bytes', async (world) => {
  const { projector: { page }, shown } = await withWall(world, photos(101, 103, 106, 107, 108, 110));
  await until(async () => (await shown()).length === 4, 'four photos are on the wall');
  await page.addInitScript(() => {
    // Photos change quickly, and a former one is released while the next one is decoded.
    const later = setTimeout;
    globalThis.setTimeout = (task, wait, ...more) => later(task, wait === 2500 ? 700 : wait / 20, ...more);
    const { decode } = HTMLImageElement.prototype;
    globalThis.decoded = { all: 0, lost: 0 };
    HTMLImageElement.prototype.decode = async function decodeLater() {
      await new Promise((resolve) => { later(resolve, 500); });
      globalThis.decoded.all += 1;
      if (!this.hasAttribute('src')) globalThis.decoded.lost += 1;
      return decode.call(this);
    };
  });
  await page.reload();
  await until(() => page.evaluate(() => globalThis.decoded.all > 12), 'photos come and go', 60_000);
  assert.equal(await page.evaluate(() => globalThis.decoded.lost), 0);
});

scenario('a photo hidden while its picture is decoded is never shown', async (world) => {
  const { program, event, projector, change, all, shown } = await withWall(world, photos(101, 103, 106, 107, 108, 110));
  const { page } = projector;
  await until(async () => (await shown()).length === 4, 'four photos are on the wall');
  const known = (await all()).map(({ id }) => id);
  await page.evaluate((before) => {
    // The picture of the next photo arrives, and is decoded when the scenario says so.
    const { fetch } = globalThis;
    const { decode } = HTMLImageElement.prototype;
    let isNext = false;
    globalThis.seen = [];
    globalThis.fetch = async (path, ...more) => {
      const answer = await fetch(path, ...more);
      const id = /(\d+)\/preview$/.exec(path)?.[1];
      isNext ||= id !== undefined && !before.includes(Number(id));
      return answer;
    };
    HTMLImageElement.prototype.decode = async function decodeLater() {
      if (isNext && !globalThis.release) await new Promise((resolve) => { globalThis.release = resolve; });
      return decode.call(this);
    };
    const note = ([{ target }]) => globalThis.seen.push(Number(target.dataset.photo));
    new MutationObserver(note).observe(document.body, { subtree: true, attributeFilter: ['data-photo'] });
  }, known);
  await program.import(event, photos(102));
  await until(() => page.evaluate(() => Boolean(globalThis.release)), 'the new picture is made ready');
  const added = (await all()).find(({ file_name: name }) => name === 'DSC_0102.jpg');
  const told = page.waitForResponse(async (response) => response.url().endsWith('/photos')
    && !(await response.json()).photos.some(({ id }) => id === added.id));
  await change([added.id], 'hide');
  await told;
  await page.evaluate(() => {
    globalThis.seen.length = 0;
    globalThis.release();
  });
  await until(async () => (await page.evaluate(() => globalThis.seen.length)) > 0, 'the wall goes on', 40_000);
  assert.ok(!(await page.evaluate(() => globalThis.seen)).includes(added.id));
});

scenario('pinned photos return, skipped ones stay away, and a paused wall keeps its photos', async (world) => {
  const { program, person, event, projector, all, shown } = await withWall(world, photos(101, 102, 103, 104, 106, 107, 108, 110));
  const { page, say } = person;
  await until(async () => (await shown()).length === 4, 'four photos are on the wall');
  const photosNow = await all();
  const onWall = await shown();
  const pinned = photosNow.find(({ id }) => !onWall.includes(id));
  const press = (name, photo) => page.getByRole('button', { name: `${say(name)}: ${photo.file_name}` }).click();
  await press('studio.photo.pin', pinned);
  await until(async () => (await shown()).includes(pinned.id), 'the pinned photo comes', 60_000);
  const skipped = photosNow.find(({ id }) => id !== pinned.id && onWall.includes(id));
  await press('studio.photo.skip', skipped);
  await until(async () => !(await shown()).includes(skipped.id), 'the skipped photo goes');
  await shot(page, 'studio-wall');
  await page.getByRole('button', { name: say('studio.wall.pause'), exact: true }).click();
  await page.getByText(say('studio.wall.paused')).waitFor();
  await until(async () => (await shown()).length === 4, 'the wall is full');
  // One change may have started before.
  await projector.page.waitForTimeout(5000);
  const before = await shown();
  await program.import(event, photos(105));
  await indexed(person, event, 9);
  await projector.page.waitForTimeout(10_000);
  assert.deepEqual(await shown(), before);
  await page.getByRole('button', { name: say('studio.wall.go_on') }).click();
  await until(async () => (await shown()).join() !== before.join(), 'the wall goes on', 40_000);
});

scenario('without the network the wall goes on with the photos it has', async (world) => {
  const { projector, shown } = await withWall(world, photos(101, 102, 103, 104, 106, 107), { offline: true });
  const { page, context, say } = projector;
  await until(async () => (await shown()).length === 4, 'four photos are on the wall');
  const seen = new Set();
  await until(async () => {
    for (const id of await shown()) seen.add(id);
    return seen.size >= 5;
  }, 'others come', 60_000);
  await context.setOffline(true);
  const before = (await shown()).join();
  await until(async () => (await shown()).join() !== before, 'the wall changes', 60_000);
  await page.getByText(say('wall.away')).waitFor({ timeout: 90_000 });
  await context.setOffline(false);
  await page.getByText(say('wall.away')).waitFor({ state: 'hidden', timeout: 60_000 });
});

scenario('a wrong key opens no wall', async (world) => {
  const { program, event } = await withWall(world, []);
  for (const locale of ['en', 'id']) {
    const stranger = await world.person(program, { ...SCREEN, locale, refused: [401] });
    await stranger.page.goto(`/wall/${event.id}#k=wrong`);
    await stranger.page.getByText(stranger.say('wall.refused')).waitFor();
    assert.ok(!stranger.page.url().includes('wrong'));
    await axe(stranger.page);
  }
});

scenario('the wall waits for the first photo', async (world) => {
  const { program, person, event, projector, shown } = await withWall(world, []);
  await projector.page.getByText(projector.say('wall.waiting')).waitFor();
  await program.import(event, photos(101));
  await indexed(person, event, 1);
  await until(async () => (await shown()).length === 1, 'the first photo', 30_000);
});

scenario('the wall of a closed event says so, and goes on when it is opened again', async (world) => {
  const { person, event, projector, shown } = await withWall(world, photos(101), { refused: [403] });
  const { page, say } = projector;
  await until(async () => (await shown()).length === 1, 'a photo is on the wall');
  const close = (closed) => ask(person, `/events/${event.id}`, { method: 'PUT', json: { closed } });
  await close(true);
  await page.getByText(say('wall.closed')).waitFor();
  await shot(page, 'wall-closed');
  await close(false);
  await page.getByText(say('wall.closed')).waitFor({ state: 'hidden', timeout: 40_000 });
});
