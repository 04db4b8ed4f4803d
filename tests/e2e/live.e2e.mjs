// An open page: new photos arrive, the Wi-Fi drops and comes back, streams do not get through.

import assert from 'node:assert/strict';
import { photos, scenario, shot, until } from './lib.mjs';
import { PARTY, OF_GRACE, findMyself } from './guest.mjs';

const heading = ({ page, say }, count) => page.getByRole('heading', { name: say('results.found.other', { count }) });

async function arrive(world, options = {}) {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: PARTY });
  const person = await world.person(program, options);
  await options.before?.(person);
  await findMyself(person, event);
  return { program, event, person, ...person };
}

scenario('new photos of the guest appear on top', async (world) => {
  const { program, event, person, page, say } = await arrive(world);
  await page.getByText(say('live.on')).waitFor();
  await program.import(event, photos(108, 114));
  await heading(person, OF_GRACE + 2).waitFor();
  await until(async () => await page.locator('.fresh').count() === 2, 'two marked as new');
  assert.equal(await page.locator('.photos li').first().evaluate((item) => item.className), 'fresh');
  await shot(page, 'live');
});

scenario('new photos do not move a guest who has scrolled down', async (world) => {
  const { program, event, person, page, say } = await arrive(world, { viewport: { width: 390, height: 420 } });
  await page.getByText(say('live.on')).waitFor();
  // The photos slide in when the view opens.
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished, effect }) =>
    effect.getTiming().iterations !== Infinity && finished.catch(() => {}))));
  await page.evaluate(() => scrollTo(0, 260));
  const before = await page.locator('.tile').nth(2).evaluate((tile) => tile.getBoundingClientRect().top);
  await program.import(event, photos(108, 114));
  const pill = page.getByRole('button', { name: say('results.new.other', { count: 2 }) });
  await pill.waitFor();
  assert.equal(await page.locator('.tile').nth(2).evaluate((tile) => tile.getBoundingClientRect().top), before);
  assert.match(await page.title(), /^\(2\)/);
  await shot(page, 'pill');
  await pill.click();
  await heading(person, OF_GRACE + 2).waitFor();
  await until(() => page.evaluate(() => scrollY === 0), 'the top of the page');
});

scenario('the Wi-Fi drops and comes back', async (world) => {
  const { program, event, person, page, say, context } = await arrive(world, { offline: true });
  await page.getByText(say('live.on')).waitFor();
  await context.setOffline(true);
  await page.getByText(say('live.lost')).waitFor();
  await shot(page, 'offline');
  await program.import(event, photos(108));
  assert.equal(await heading(person, OF_GRACE + 1).count(), 0);
  await context.setOffline(false);
  await page.getByText(say('live.on')).waitFor();
  await heading(person, OF_GRACE + 1).waitFor();
});

scenario('the server restarts under an open page', async (world) => {
  const { program, page, say } = await arrive(world, { offline: true });
  await page.getByText(say('live.on')).waitFor();
  await program.stop();
  await page.getByText(say('live.lost')).waitFor();
  await program.serve();
  // The face code was only in memory.
  await page.getByText(say('error.search.over')).waitFor();
  await page.getByRole('heading', { name: say('selfie.title') }).waitFor();
});

scenario('what failed while the server was down is loaded afterwards', async (world) => {
  const { program, page, say } = await arrive(world, { offline: true });
  await page.getByText(say('live.on')).waitFor();
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/guest/browse.js')));
  await program.stop();
  await page.getByRole('link', { name: say('tabs.all') }).click();
  await page.getByText(say('error.network')).first().waitFor();
  await program.serve();
  await page.locator('.squares .tile.there').first().waitFor();
  assert.equal(await page.getByText(say('error.network')).count(), 0);
});

scenario('where streams do not get through, the page polls', async (world) => {
  const before = ({ page }) => page.route(/\/e\/\w+\/live/, (route) => route.abort());
  const { program, event, person, page, say } = await arrive(world, { offline: true, before });
  await page.getByText(say('live.polling')).waitFor();
  await program.import(event, photos(108));
  await heading(person, OF_GRACE + 1).waitFor();
});
