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

scenario('plots beside each other have the same axis', async (world) => {
  const program = await world.program();
  const { page, ...person } = await photographer(world, program);
  await page.route(/\/statistics$/, async (route) => {
    const answer = await (await route.fetch()).json();
    const at = (hour) => [`2026-11-21T${hour}:00:00Z`, 3];
    const series = { ...answer.series, photos: [at('08'), at('11')], guests: [at('10'), at('14')], searches: [at('12')] };
    await route.fulfill({ json: { ...answer, series } });
  });
  await openEvent({ page, ...person }, {}, 'live');
  await page.locator('.plot svg').nth(2).waitFor();
  const axes = await page.locator('.plot svg').evaluateAll((plots) => plots.map((plot) =>
    [...plot.querySelectorAll('text[text-anchor=middle]')].map(({ textContent: time }) => time).join(' ')));
  assert.ok(axes[0].split(' ').length > 3 && new Set(axes).size === 1, JSON.stringify(axes));
  await shot(page, 'studio-axes', { fullPage: true });
});
