// Two photographers: their cameras' clocks agree after the time code, two photos of one moment, or a number.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { axe, fits, photos, scenario, shot, until } from './lib.mjs';
import { ask, indexed, openEvent, photographer, takenWith } from './studio.mjs';

const CANON = { camera: 'Canon EOS R6', serial: '032021004711' };
const NIKON = { camera: 'NIKON Z 6', serial: '6012345' };
const LAPTOP = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

/** Six photos of each, the Nikon's clock an hour and a bit behind. */
async function withTwoCameras(world, options) {
  const program = await world.program();
  const person = await photographer(world, program, options);
  const event = await openEvent(person, { time_zone: 'UTC' }, 'clocks');
  const files = photos(101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 112, 113);
  const made = files.map(async (file, at) => {
    const [camera, hour] = at % 2 ? [NIKON, 17] : [CANON, 18];
    const minute = String(10 + at).padStart(2, '0');
    return takenWith(program, await readFile(file), `P${at}.jpg`, { ...camera, at: `2026:11:23 ${hour}:${minute}:05` });
  });
  await program.import(event, await Promise.all(made));
  await indexed(person, event, files.length);
  await person.page.locator('.clock').nth(1).waitFor();
  return { program, person, event };
}

const row = ({ page }, name) => page.locator('.clock', { hasText: name });

for (const [kind, locale, colour, options] of [
  ['laptop-light', 'en', 'light', LAPTOP], ['laptop-dark', 'id', 'dark', LAPTOP], ['phone-light', 'id', 'light', PHONE],
]) {
  scenario(`the page of clocks fits and is accessible (${kind})`, async (world) => {
    const { person: { page, say } } = await withTwoCameras(world, { locale, colour, ...options });
    const check = async (name, more = {}) => {
      await page.waitForTimeout(400);
      await axe(page);
      await fits(page, `studio-${kind}-${name}`);
      await shot(page, `studio-${kind}-${name}`, more);
    };
    await page.locator('.moments img').nth(11).waitFor();
    await page.locator('.moments').nth(0).locator('button').nth(1).click();
    await page.locator('.moments').nth(1).locator('button').nth(2).click();
    await check('clocks', { fullPage: true });
    await page.getByRole('button', { name: say('studio.clocks.show_code') }).click();
    await page.locator('.time-code img').waitFor();
    await check('time-code');
  });
}

scenario('a clock is corrected by a number and by two photos of one moment', async (world) => {
  const { person, event } = await withTwoCameras(world, LAPTOP);
  const { page, say } = person;
  const moments = async () => {
    const { items } = await ask(person, `/events/${event.id}/my-event-images?limit=50&sort_by=taken_at`);
    return items.map(({ file_name: name, moment }) => `${name} ${moment.slice(11, 19)}`);
  };
  assert.equal((await moments())[0], 'P1.jpg 17:11:05');
  const nikon = row(person, NIKON.camera);
  await nikon.getByRole('textbox').fill('an hour');
  await nikon.getByRole('button', { name: say('studio.clocks.save') }).click();
  await nikon.getByText(say('studio.clocks.format')).waitFor();
  await nikon.getByRole('textbox').fill('+1:00:02.5');
  await nikon.getByRole('textbox').press('Enter');
  await nikon.locator('.offset', { hasText: '+ 1 hr 2.5 sec' }).waitFor();
  assert.deepEqual((await moments()).slice(0, 3), ['P0.jpg 18:10:05', 'P1.jpg 18:11:07', 'P2.jpg 18:12:05']);

  // The Nikon's first photo and the Canon's second show the same moment.
  const [wrong, right] = [page.locator('.moments').nth(0), page.locator('.moments').nth(1)];
  await right.getByRole('button').nth(1).click();
  await wrong.getByRole('button').nth(0).click();
  await page.getByRole('button', { name: say('studio.clocks.same') }).click();
  await nikon.locator('.offset', { hasText: '+ 1 hr 1 min' }).waitFor();
  assert.ok((await moments()).includes('P1.jpg 18:12:05'));
  await wrong.getByText('6:12:05').waitFor();

  await page.goto(`/studio#/events/${event.id}/photos`);
  await page.locator('.tile', { hasText: 'P1.jpg' }).locator('.caption').click();
  await page.getByText(say('studio.detail.by_clock', { offset: '+ 1 hr 1 min' })).waitFor();
});

scenario('a photo of the time code on the screen sets the clock of its camera', async (world) => {
  const { program, person, event } = await withTwoCameras(world, LAPTOP);
  const { page, say } = person;
  await page.getByRole('button', { name: say('studio.clocks.show_code') }).click();
  const code = page.locator('.time-code img');
  const first = await code.getAttribute('src');
  await until(async () => await code.getAttribute('src') !== first, 'the code is drawn again');
  // As a camera sees the screen.
  const photo = await takenWith(program, await page.screenshot({ type: 'jpeg', quality: 80 }), 'code.jpg',
    { ...NIKON, at: '2000:01:01 00:00:00' });
  await page.keyboard.press('Escape');
  await code.waitFor({ state: 'detached' });
  await program.import(event, [photo]);
  await indexed(person, event, 13);
  await until(async () => !(await row(person, NIKON.camera).locator('.offset').innerText())
    .includes(say('studio.clocks.right')), 'the clock is corrected');
  const { items } = await ask(person, `/events/${event.id}/my-event-images?hidden=true`);
  assert.deepEqual(items.map(({ file_name: name }) => name), ['code.jpg']);
  assert.ok(Math.abs(Date.parse(`${items[0].moment}Z`) - Date.now()) < 600_000, items[0].moment);
});
