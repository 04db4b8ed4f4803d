// The check of the venue: what the studio finds, and a phone that reports.

import assert from 'node:assert/strict';
import { axe, fits, scenario, shot, until } from './lib.mjs';
import { anotherBrowser, guest, openEvent, photographer, readQr } from './studio.mjs';

for (const language of ['en', 'id']) {
  scenario(`the venue is checked, with a phone too (${language})`, async (world) => {
    const program = await world.program('[server]\nmdns = false\n');
    const { page, say } = await photographer(world, program, { locale: language });
    const card = page.locator('.venue');
    await card.getByRole('button', { name: say('studio.venue.check') }).click();
    await card.getByRole('button', { name: say('studio.venue.again') }).waitFor();
    for (const key of ['venue.address', 'venue.firewall', 'venue.disk', 'venue.power', 'venue.sleep']) {
      await card.getByText(say(key), { exact: true }).waitFor();
    }
    // The test's server listens on this computer alone.
    await card.getByText(say('studio.warning.local_only')).waitFor();
    await axe(page);
    await fits(page);
    await shot(page, `studio-venue-${language}`, { fullPage: true });

    const picture = card.locator('.qr img');
    let link = '';
    await until(async () => (link = await readQr(picture).catch(() => '')), 'the code is shown');
    const { pathname, hash } = new URL(link);
    assert.equal(pathname, '/venue-check');
    const phone = await world.person(program, { locale: language });
    await phone.page.goto(pathname + hash);
    await phone.page.getByText(phone.say('phone.done', { speed: '' }).split('.').at(-2).trim()).waitFor();
    await axe(phone.page);
    await fits(phone.page);
    await shot(phone.page, `venue-check-${language}`);
    await card.getByText(say('venue.clock'), { exact: true }).waitFor();

    const lost = await world.person(program, { locale: language, refused: [403] });
    await lost.page.goto(`${pathname}#k=wrong`);
    await lost.page.getByText(lost.say('error.link.invalid')).waitFor();
  });
}

scenario('the evening is rehearsed, stopped, and rehearsed to its end', async (world) => {
  const program = await world.program('[server]\nmdns = false\n');
  const person = await photographer(world, program);
  const { page, say } = person;
  const card = page.locator('.rehearsal');
  const press = (key) => page.getByRole('button', { name: say(key) }).click();
  await card.getByRole('button', { name: say('studio.rehearsal.start') }).waitFor();
  for (const list of await card.locator('select').all()) await list.selectOption({ index: 0 });
  await axe(page);
  await card.scrollIntoViewIfNeeded();
  await shot(page, 'studio-rehearsal');
  await press('studio.rehearsal.start');
  await card.getByText(say('studio.rehearsal.doing.photos')).waitFor();
  await axe(page);
  await press('studio.rehearsal.stop');
  await card.getByRole('button', { name: say('studio.rehearsal.start') }).waitFor();

  // Guests who are there are asked for.
  const event = await openEvent(person);
  await guest(world, program, event, { selfie: null });
  await page.goto('/studio#/events');
  await press('studio.rehearsal.start');
  await page.getByText(say('studio.rehearsal.guests_body')).waitFor();
  await axe(page);
  await press('studio.cancel');
  await card.locator('button[aria-busy="false"]').waitFor();
  await press('studio.rehearsal.start');
  await press('studio.rehearsal.anyway');
  const arriving = { guests: 50, within: 30 };
  await card.getByText(say('studio.rehearsal.doing.guests', arriving)).waitFor({ timeout: 120_000 });
  await shot(page, 'studio-rehearsal-running', { fullPage: true });
  const others = await Promise.all(['phone', 'desktop'].map((device) =>
    anotherBrowser(world, program, { locale: 'id', device, colour: device === 'phone' ? 'dark' : 'light' })));
  await card.getByRole('button', { name: say('studio.rehearsal.start') }).waitFor({ timeout: 120_000 });
  const verdict = await card.locator('.finding').innerText();
  assert.match(verdict, /^50 guests within 30 seconds wait/);
  // Where the page's head covers no link.
  await page.evaluate(() => scrollTo(0, 0));
  await axe(page);
  await fits(page);
  await shot(page, 'studio-rehearsal-done', { fullPage: true });
  for (const other of others) {
    const found = other.page.locator('.rehearsal .finding');
    await found.getByText(/^50 tamu dalam 30 detik menunggu/).waitFor();
    await axe(other.page);
    await fits(other.page);
    await shot(other.page, `studio-rehearsal-done-id-${other.device}`, { fullPage: true });
  }
  return verdict.replaceAll('\n', ' ');
});
