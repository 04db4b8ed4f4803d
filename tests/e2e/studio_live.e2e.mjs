// Live stats.

import assert from 'node:assert/strict';
import { SELFIES, axe, photos, scenario, shot, until } from './lib.mjs';
import { ask, guest, indexed, openEvent, photographer } from './studio.mjs';

scenario('statistics count a guest and a search', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const { page, say } = person;
  const event = await openEvent(person, {}, 'live');
  await program.import(event, photos(101, 103, 106, 107));
  await indexed(person, event, 4);
  const figure = (key) => page.locator('.figure').filter({ hasText: say(key) }).locator('dd').first();
  const shows = (key, value) => until(async () => (await figure(key).innerText()).startsWith(value), `${key}: ${value}`);
  await shows('studio.live.photos', '4');
  const visitor = await guest(world, program, event, { selfie: SELFIES.grace });
  assert.ok(visitor.results.sure.length > 0);
  await shows('studio.live.guests', '1');
  await shows('studio.live.searches', '1');
  await shows('studio.live.hit_rate', '100%');
  await page.getByText(say('studio.live.given.one', { count: '1' })).waitFor();
  await axe(page);
  await shot(page, 'studio-live', { fullPage: true });
  // The same numbers as a table.
  await page.locator('.plot summary').first().click();
  await page.locator('.plot td').first().waitFor();
  await axe(page);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: say('studio.live.csv') }).click();
  assert.match((await download).suggestedFilename(), /\.csv$/);
  assert.equal(await page.locator('.event-page img').count(), 0);
  const { totals } = await ask(person, `/events/${event.id}/statistics`);
  assert.deepEqual([totals.guests, totals.searches, totals.hits], [1, 1, 1]);
});
