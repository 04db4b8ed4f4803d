// Whom a guest searches for: with one selfie or several, and with a selfie of several people.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { SELFIES, axe, fits, photos, sample, scenario, shot, until } from './lib.mjs';
import { OF_GRACE, PARTY, choose, findMyself } from './guest.mjs';

/** A selfie of Eileen Collins, on the left, and Grace Hopper. */
async function together(page) {
  const selfies = await Promise.all([SELFIES.eileen, SELFIES.grace].map((file) => readFile(file, 'base64')));
  const jpeg = await page.evaluate(async (all) => {
    const canvas = new OffscreenCanvas(1440, 1200);
    for (const [index, one] of all.entries()) {
      const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(one), (byte) => byte.charCodeAt(0))]));
      const [width, height] = [picture.width, picture.height];
      canvas.getContext('2d').drawImage(picture, width / 5, 0, 0.6 * width, 0.75 * height, 720 * index, 0, 720, 1200);
    }
    const bytes = await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer();
    return btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(''));
  }, selfies);
  return { name: 'together.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(jpeg, 'base64') };
}

/** Checks and saves a view. */
const looks = ({ page, device, colour, locale }) => async (name) => {
  await axe(page);
  await fits(page);
  await shot(page, `${name}-${device}-${colour}-${locale}`);
};

for (const locale of ['en', 'id']) {
  scenario(`further selfies add to the first, and photos say why they are shown (${locale})`, async (world) => {
    const program = await world.program();
    const event = await program.event('Rina & Adi', { photos: PARTY });
    const device = locale === 'en' ? 'phone' : 'desktop';
    const person = await world.person(program, { locale, device, colour: locale === 'en' ? 'dark' : 'light', refused: [400] });
    const { page, say } = person;
    const look = looks(person);
    const add = () => page.getByRole('button', { name: say('selfie.add') }).click();
    const heading = page.getByRole('heading', { name: say('results.found.other', { count: OF_GRACE }) });
    await findMyself(person, event);
    await heading.waitFor();
    await look('one-selfie');
    await page.locator('.tile').first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(say('photo.why.selfie')).waitFor();
    await look('why');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    // A refused selfie changes nothing.
    await add();
    await page.getByRole('heading', { name: say('selfie.add') }).waitFor();
    await choose(page, sample('photos/DSC_0104.jpg'));
    await page.getByRole('alert').getByText(say('error.selfie.no_face')).waitFor();
    await look('add-refused');
    await page.getByRole('button', { name: say('selfie.keep') }).click();
    await heading.waitFor();
    assert.equal(await page.getByText(say('results.selfies.other', { count: 2 })).count(), 0);
    // The page may be opened again in between.
    for (const [count, file] of [[2, 'photos/DSC_0102.jpg'], [3, 'photos/DSC_0110.jpg']]) {
      await add();
      await choose(page, sample(file));
      await page.getByText(say('results.selfies.other', { count })).waitFor();
      await heading.waitFor();
      await page.reload();
      await page.getByText(say('results.selfies.other', { count })).waitFor();
    }
    await page.waitForFunction((count) => document.querySelectorAll('.tile.there').length === count, OF_GRACE);
    await look('three-selfies');
    await page.getByRole('button', { name: say('results.again') }).click();
    await page.getByRole('heading', { name: say('selfie.title') }).waitFor();
    await choose(page, SELFIES.grace);
    await heading.waitFor();
    assert.equal(await page.getByText(say('results.selfies.other', { count: 3 })).count(), 0);
  });
}

for (const [locale, device, colour] of [['en', 'phone', 'light'], ['id', 'phone', 'dark'], ['id', 'desktop', 'light'], ['en', 'small', 'dark']]) {
  scenario(`a selfie of several people asks who to find (${locale}, ${device}, ${colour})`, async (world) => {
    const program = await world.program();
    const event = await program.event('Rina & Adi', { photos: PARTY });
    const person = await world.person(program, { locale, device, colour, refused: [400] });
    const { page, say } = person;
    const look = looks(person);
    const face = (position) => page.getByRole('button', { name: say('faces.face', { position, count: 2 }) });
    const found = (count) => page.getByRole('heading', { name: say('results.found.other', { count }) }).waitFor();
    const find = (key) => page.getByRole('button', { name: say(key) }).click();
    const again = async () => {
      await find('results.again');
      await choose(page, await together(page));
      await page.getByRole('heading', { name: say('faces.title') }).waitFor();
    };
    await page.goto(event.path);
    await find('consent.agree');
    await choose(page, await together(page));
    await page.getByRole('heading', { name: say('faces.title') }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H2');
    assert.ok(await page.getByRole('button', { name: say('faces.find') }).isDisabled());
    assert.ok(await page.locator('.people img').evaluate((image) => image.decode().then(() => image.naturalWidth > 0)));
    await look('question');
    // Eileen is on the left.
    await face(1).click();
    await look('question-one');
    await find('faces.find');
    await found(4);
    await again();
    await face(2).click();
    await find('faces.find');
    await found(OF_GRACE);
    await again();
    await face(1).click();
    await face(2).click();
    await look('question-two');
    await find('faces.all');
    await found(2);
    await page.getByText(say('results.people.all', { count: 2 })).waitFor();
    assert.equal(await page.getByRole('button', { name: say('selfie.add') }).count(), 0);
    await page.waitForFunction(() => document.querySelectorAll('.tile.there').length === 2);
    await look('all-of-us');
    // Nobody knows which of them a mark is about.
    await page.locator('.tile').first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: say('photo.hide') }).waitFor();
    assert.equal(await dialog.getByRole('button', { name: say('photo.not_me') }).count(), 0);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await again();
    await face(2).click();
    await face(1).click();
    await find('faces.any');
    await found(7);
    await page.reload();
    await found(7);
    await page.getByText(say('results.people.any', { count: 2 })).waitFor();
    // The question can be left for another selfie; until then the photos stay.
    await again();
    await find('faces.other');
    await find('selfie.keep');
    await found(7);
  });
}

scenario('photos of several people arrive while the page is open', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: photos(101, 103) });
  const { page, say } = await world.person(program, { refused: [400] });
  await page.goto(event.path);
  await page.getByRole('button', { name: say('consent.agree') }).click();
  await choose(page, await together(page));
  for (const position of [1, 2]) await page.getByRole('button', { name: say('faces.face', { position, count: 2 }) }).click();
  await page.getByRole('button', { name: say('faces.all') }).click();
  await page.getByRole('heading', { name: say('results.found.one', { count: 1 }) }).waitFor();
  await page.getByText(say('live.on')).waitFor();
  await program.import(event, photos(102, 107));
  await page.getByRole('heading', { name: say('results.found.other', { count: 2 }) }).waitFor();
});

scenario('a selfie that is added is of one person', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: PARTY });
  const person = await world.person(program, { refused: [400] });
  const { page, say } = person;
  await findMyself(person, event);
  await page.getByRole('button', { name: say('selfie.add') }).click();
  await choose(page, await together(page));
  const face = (position) => page.getByRole('button', { name: say('faces.face', { position, count: 2 }) });
  await page.getByText(say('faces.hint.one')).waitFor();
  await face(1).click();
  await face(2).click();
  await until(async () => await face(1).getAttribute('aria-pressed') === 'false', 'one face at a time');
  await page.getByRole('button', { name: say('faces.find') }).click();
  await page.getByText(say('results.selfies.other', { count: 2 })).waitFor();
  await page.getByRole('heading', { name: say('results.found.other', { count: OF_GRACE }) }).waitFor();
});

for (const [locale, device, colour] of [['en', 'phone', 'light'], ['id', 'desktop', 'dark']]) {
  scenario(`a tapped face shows the photos of its person (${locale}, ${device}, ${colour})`, async (world) => {
    const program = await world.program();
    await program.admin();
    const event = await program.event('Rina & Adi', { photos: PARTY });
    const person = await world.person(program, { locale, device, colour, refused: [403] });
    const { page, say } = person;
    const look = looks(person);
    const dialog = page.getByRole('dialog');
    const button = (key) => dialog.getByRole('button', { name: say(key), exact: true });
    const faces = () => dialog.getByRole('button', { name: say('photo.faces.face', { position: 1, count: 2 }) });
    const heading = (key, count) => page.getByRole('heading', { name: say(key, { count }) }).waitFor();
    await findMyself(person, event);
    await page.locator('.tile').first().click();
    await button('photo.not_me').waitFor();
    // Not before the photographer allows it; then also on pages that are open.
    assert.equal(await button('photo.faces').count(), 0);
    await program.api('PUT', `/events/${event.id}`, { json: { tap_search: true } });
    // What this guest has consented to does not name it: the page asks again, and the results stay.
    await button('photo.faces').click();
    await dialog.getByRole('button', { name: say('consent.title') }).click();
    await page.getByText(say('consent.tap')).waitFor();
    await page.getByRole('button', { name: say('consent.agree') }).click();
    await heading('results.found.other', OF_GRACE);
    await dialog.waitFor({ state: 'hidden' });
    // A photo of Eileen, on the left, and Grace.
    const both = page.locator('.tile').filter({ has: page.locator('img') });
    for (let at = 0; await faces().count() === 0; at += 1) {
      await both.nth(at).click();
      await button('photo.faces').click();
      // Those of the photo before may still be beside it.
      await dialog.getByRole('button', { name: say('photo.faces'), exact: true, pressed: true }).waitFor();
      if (await faces().count()) break;
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    }
    await look('tap-faces');
    await faces().click();
    await dialog.waitFor({ state: 'hidden' });
    await heading('results.tapped.found.other', 4);
    await page.waitForFunction(() => document.activeElement.tagName === 'H2');
    await page.waitForFunction(() => document.querySelectorAll('.tile.there').length === 4);
    await look('tapped');
    // What a guest says about photos is about photos of themselves.
    await page.locator('.tile').first().click();
    await dialog.getByText(say('photo.why.tapped')).waitFor();
    for (const key of ['photo.not_me', 'photo.hide']) assert.equal(await button(key).count(), 0);
    await look('tapped-photo');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    // Closing goes one step back in the history, a moment later.
    await page.waitForTimeout(500);
    // The search is another person's on every page of this guest, until the guest returns.
    await page.reload();
    await heading('results.tapped.found.other', 4);
    await page.getByRole('button', { name: say('results.own') }).click();
    await heading('results.found.other', OF_GRACE);
    assert.equal(await page.getByRole('button', { name: say('results.own') }).count(), 0);
    // Who browses without consent is asked for it first.
    const other = await world.person(program, { locale, device, colour });
    await other.page.goto(event.path);
    await other.page.getByText(say('consent.tap')).waitFor();
    await looks(other)('tap-consent');
    await other.page.getByRole('link', { name: say('consent.browse') }).click();
    await other.page.locator('.tile').first().click();
    await other.page.getByRole('dialog').getByRole('button', { name: say('photo.faces'), exact: true }).click();
    await other.page.getByText(say('error.consent.required')).waitFor();
    await other.page.getByRole('dialog').getByRole('button', { name: say('consent.title') }).click();
    await other.page.getByRole('button', { name: say('consent.agree') }).waitFor();
  });
}

for (const [locale, device, colour] of [['en', 'phone', 'dark'], ['id', 'phone', 'light']]) {
  scenario(`where a search found little, the page offers another selfie first (${locale})`, async (world) => {
    const program = await world.program();
    const event = await program.event('Rina & Adi', { photos: photos(101, 102, 103, 104) });
    const person = await world.person(program, { locale, device, colour });
    const { page, say } = person;
    await findMyself(person, event);
    const offer = await page.locator('.offer').boundingBox();
    const tile = await page.locator('.tile').first().boundingBox();
    assert.ok(offer.y < tile.y);
    await page.waitForFunction(() => document.querySelectorAll('.tile.there').length === 2);
    await looks(person)('little');
    // The server's answer, with another reason.
    await page.route(/\/matches$/, async (route) => {
      const response = await route.fetch();
      const results = await response.json();
      results.maybe = results.sure.splice(0).map((photo) => ({ ...photo, reason: 'person' }));
      await route.fulfill({ response, json: results });
    });
    await page.reload();
    await page.getByRole('heading', { name: say('results.perhaps.other', { count: 2 }) }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll('.tile.there').length === 2);
    await looks(person)('maybe-only');
    await page.locator('.tile').first().click();
    await page.getByRole('dialog').getByText(say('photo.why.person')).waitFor();
    await looks(person)('why-person');
  });
}
