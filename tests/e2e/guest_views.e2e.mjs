// Every view of the guest page, on small and large screens, light and dark, in both languages: accessible, and not wider
// than the screen.

import assert from 'node:assert/strict';
import { SELFIES, axe, fits, photos, scenario, shot } from './lib.mjs';
import { choose } from './guest.mjs';

const ALL = photos(...Array.from({ length: 15 }, (_, index) => 101 + index));
const EVENT = {
  date: '2026-11-21', delete_at: '2026-12-21T00:00:00Z', photographer: 'Studio Lensa', photographer_link: 'tel:+62211234567',
};

for (const [locale, device, colour] of [
  ['id', 'small', 'light'], ['en', 'small', 'dark'], ['en', 'phone', 'light'], ['id', 'phone', 'dark'],
  ['id', 'desktop', 'light'], ['en', 'desktop', 'dark'],
]) {
  scenario(`each view is accessible and fits (${locale}, ${device}, ${colour})`, async (world) => {
    const program = await world.program('[accounts]\nregistration = "open"\n');
    await program.admin();
    const event = await program.event('Rina & Adi', { photos: ALL });
    await program.api('PUT', `/events/${event.id}`, { json: EVENT });
    const { page, say } = await world.person(program, { locale, device, colour });
    const look = async (name) => {
      await axe(page);
      await fits(page, `views/${name}-${device}-${colour}-${locale}`);
      await shot(page, `views/${name}-${device}-${colour}-${locale}`);
    };
    const tab = (key) => page.getByRole('link', { name: say(key), exact: true }).click();
    const pictures = () => page.waitForFunction(() => [...document.querySelectorAll('.tile')]
      .filter((tile) => tile.getBoundingClientRect().top < innerHeight).every((tile) => tile.matches('.there')));

    await page.goto(event.path);
    await page.getByRole('button', { name: say('consent.agree') }).waitFor();
    await look('consent');
    await page.getByRole('button', { name: say('consent.agree') }).click();
    await page.getByRole('heading', { name: say('selfie.title') }).waitFor();
    await look('selfie');
    await choose(page, SELFIES.grace);
    await page.getByText(say('live.on')).waitFor();
    await page.locator('.tile').first().waitFor();
    await pictures();
    await look('results');

    await page.locator('.tile').first().click();
    const dialog = page.getByRole('dialog');
    await page.waitForFunction(() => document.querySelector('.stage figure:not([inert]) img:nth-child(2).there'));
    await dialog.getByRole('button', { name: say('photo.save') }).click();
    await look('lightbox');
    await dialog.getByRole('button', { name: say('photo.not_me') }).click();
    await dialog.getByText(say('photo.not_me.done')).waitFor();
    await look('undo');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await page.locator('.tile').nth(1).click();
    await dialog.getByRole('button', { name: say('photo.save') }).click();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });

    await page.getByRole('button', { name: say('choose.begin'), exact: true }).click();
    await page.locator('.tile').nth(0).click();
    await page.locator('.tile').nth(2).click();
    await look('choose');
    await page.getByRole('button', { name: say('choose.end'), exact: true }).click();

    await tab('tabs.all');
    await page.locator('.squares .tile.there').first().waitFor();
    await pictures();
    await look('browse');
    await tab('tabs.saved');
    await page.locator('.photos .tile.there').first().waitFor();
    await look('saved');
    await tab('page.your_data');
    await page.getByRole('heading', { name: say('privacy.all.title') }).waitFor();
    await look('privacy');
    await page.goto('/');
    await page.getByText('Rina & Adi').waitFor();
    await look('home');
    await page.goto('/account');
    await page.getByLabel(say('account.login')).waitFor();
    await look('account');
  });
}

/** Whether a finger could tap this now. */
const isInReach = (locator) => locator.evaluate((element) => {
  const { left, top, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
});

for (const viewport of [{ width: 844, height: 390 }, { width: 667, height: 375 }]) {
  scenario(`on a phone held sideways the ways on are in sight (${viewport.width})`, async (world) => {
    const program = await world.program();
    const event = await program.event('Rina & Adi', { photos: photos(101, 102) });
    const { page, say } = await world.person(program, { viewport });
    await page.goto(event.path);
    const agree = page.getByRole('button', { name: say('consent.agree') });
    await agree.waitFor();
    await axe(page);
    await shot(page, `consent-sideways-${viewport.width}`);
    assert.ok(await isInReach(agree), 'the button is below the window');
    assert.ok(await isInReach(page.getByRole('link', { name: say('consent.browse') })), 'the link is below the window');
  });
}

scenario('a long gallery has a way back to its top', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: ALL });
  const { page, say } = await world.person(program, { viewport: { width: 390, height: 300 } });
  await page.goto(`${event.path}#all`);
  await page.locator('.squares .tile.there').first().waitFor();
  const back = page.getByRole('button', { name: say('page.top') });
  assert.equal(await back.count(), 0);
  // The button comes with the modules that are loaded later.
  await page.waitForFunction(() => document.querySelector('.to-top'));
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await back.waitFor();
  await axe(page);
  await shot(page, 'guest-to-top');
  await back.click();
  await page.waitForFunction(() => scrollY === 0);
  await back.waitFor({ state: 'hidden' });
});
