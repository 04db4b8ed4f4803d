// Live stats.

import assert from 'node:assert/strict';
import { SELFIES, axe, fits, photos, scenario, shot, until } from './lib.mjs';
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
  const ofEvent = page.locator('.panels').first().locator('.plot svg');
  await ofEvent.nth(2).waitFor();
  const axes = await ofEvent.evaluateAll((plots) => plots.map((plot) =>
    [...plot.querySelectorAll('text[text-anchor=middle]')].map(({ textContent: time }) => time).join(' ')));
  assert.ok(axes[0].split(' ').length > 3 && new Set(axes).size === 1, JSON.stringify(axes));
  await shot(page, 'studio-axes', { fullPage: true });
});

/** A day on which a wedding came in at noon, and the program was restarted at night. */
function day(answer) {
  const slot = answer.slot_seconds * 1000;
  const last = Math.floor(Date.parse(answer.now) / slot) * slot;
  const slots = Array.from({ length: 288 }, (_, at) => ({ at, start: new Date(last - (287 - at) * slot).toISOString() }));
  const counts = (from, to, count) => slots.filter(({ at }) => at >= from && at < to)
    .map(({ at, start }) => [start, count(at)]);
  const runs = slots.filter(({ at }) => at < 40 || at > 52);
  return { ...answer,
    photos: counts(100, 220, (at) => 5 + ((at * 7) % 31)),
    searches: counts(150, 260, (at) => (at * 5) % 13),
    guests: counts(140, 240, (at) => (at * 3) % 8),
    queue: runs.map(({ at, start }) => [start, at > 100 && at < 230 ? Math.min(at - 100, 230 - at) * 4 : 0]),
    disk_free_bytes: runs.map(({ at, start }) => [start, 400e9 - Math.max(0, Math.min(at, 220) - 100) * 6e8]) };
}

for (const [locale, device, colour] of [['en', 'desktop', 'light'], ['id', 'desktop', 'dark'], ['id', 'phone', 'light'],
  ['en', 'phone', 'dark']]) {
  const name = [locale, device, colour].join('-');
  scenario(`the last day of the server, for admins (${name})`, async (world) => {
    const program = await world.program();
    const person = await photographer(world, program, { locale, device, colour });
    const { page, say } = person;
    const real = await ask(person, '/studio/day');
    assert.ok(real.queue.length >= 1 && real.disk_free_bytes[0][1] > 0 && real.photos.length === 0, JSON.stringify(real));
    await page.route(/\/studio\/day$/, async (route) => {
      await route.fulfill({ json: day(await (await route.fetch()).json()) });
    });
    await page.route(/\/studio\/status$/, async (route) => {
      const answer = await (await route.fetch()).json();
      const warnings = ['disk_filling', 'queue_grows', 'camera_silent'];
      await route.fulfill({ json: { ...answer, warnings, seconds_until_full: 11_000 } });
    });
    await openEvent(person, {}, 'live');
    await page.reload();
    const section = page.locator('section').filter({ has: page.getByRole('heading', { name: say('studio.day.title') }) });
    await section.locator('.plot svg').nth(4).waitFor();
    assert.equal(await section.locator('polyline.level').count(), 4);
    const said = await section.locator('.plot svg').nth(4).getAttribute('aria-label');
    assert.ok(said?.startsWith(`${say('studio.day.disk')}. `) && /\d/.test(said), said ?? '');
    await page.getByText(say('studio.warning.queue_grows')).waitFor();
    await page.getByText(say('studio.warning.camera_silent')).waitFor();
    await section.locator('.plot summary').nth(3).click();
    await section.locator('.plot').nth(3).locator('td').first().waitFor();
    await axe(page);
    await shot(page, `studio-day-${name}`, { fullPage: true });
    await fits(page, `studio-day-${name}`);
  });
}
