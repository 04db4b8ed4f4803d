// A guest and photos: viewing, removing wrong ones, favourites, selecting and downloading.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { axe, fits, photos, scenario, shot, until } from './lib.mjs';
import { OF_GRACE, findMyself, PARTY } from './guest.mjs';

const position = (say, at, of = OF_GRACE) => say('photo.position', { position: at, count: of });
const tile = ({ page, say }, at, of) => page.getByRole('button', { name: position(say, at, of) });

async function arrive(world, options = {}) {
  const program = await world.program(options.config);
  const event = await program.event('Rina & Adi', { photos: PARTY });
  const person = await world.person(program, options);
  await findMyself(person, event);
  return { program, event, person, ...person };
}

for (const [locale, device] of [['en', 'phone'], ['id', 'desktop']]) {
  scenario(`the large view: keys, buttons, the back button (${locale}, ${device})`, async (world) => {
    const { page, say, person } = await arrive(world, { locale, device });
    await tile(person, 1).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(position(say, 1)).waitFor();
    await page.waitForFunction(() => document.querySelector('.stage figure:not([inert]) img:nth-child(2).there'));
    await until(() => page.locator('.outline').first().isVisible(), 'the outline of the face');
    await axe(page);
    await fits(page);
    await shot(page, `lightbox-${device}-${locale}`);
    await dialog.getByRole('button', { name: say('photo.face') }).click();
    assert.equal(await page.locator('.stage figure:not([inert]) .outline').isVisible(), false);
    for (const [key, at] of [['ArrowRight', 2], ['ArrowRight', 3], ['ArrowLeft', 2], ['End', OF_GRACE], ['ArrowRight', OF_GRACE], ['Home', 1]]) {
      await page.keyboard.press(key);
      await dialog.getByText(position(say, at)).waitFor();
    }
    await page.keyboard.press('+');
    await page.waitForFunction(() => document.querySelector('.stage.enlarged'));
    await page.keyboard.press('-');
    await page.waitForFunction(() => !document.querySelector('.stage.enlarged'));
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await tile(person, 2).click();
    await dialog.waitFor();
    await page.goBack();
    await dialog.waitFor({ state: 'hidden' });
    await tile(person, 1).waitFor();
  });
}

/** The photos that the page asks for in the large view, each when `allow` lets it. */
async function enlarged(page, allow = Promise.resolve()) {
  const asked = [];
  await page.route(/\/(medium|preview)(\?|$)/, async (route) => {
    asked.push(Number(/photos\/(\d+)\//.exec(route.request().url())[1]));
    await allow;
    await route.continue();
  });
  return asked;
}

/** The photos of the results, in order. */
const shown = (page) => page.locator('.tile img').evaluateAll((images) =>
  images.map((image) => Number(/photos\/(\d+)\//.exec(image.src)[1])));
const isThere = (page) => page.waitForFunction(() =>
  document.querySelector('.stage figure:not([inert]) img:nth-child(2).there'));

scenario('the next photo is loaded ahead, after the one that is shown', async (world) => {
  const { page, person } = await arrive(world);
  let release;
  const asked = await enlarged(page, new Promise((done) => { release = done; }));
  const ids = await shown(page);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  await tile(person, 2).click();
  await until(() => asked.length, 'the photo');
  await page.waitForFunction(() => [...document.querySelectorAll('.stage img:first-child')].every((low) => low.complete));
  assert.deepEqual(asked, [ids[1]]);
  release();
  await until(() => asked.length > 1, 'the next photo');
  await page.keyboard.press('ArrowLeft');
  await isThere(page);
  assert.deepEqual(asked, [ids[1], ids[2], ids[0]]);
});

scenario('on a slow or costly network nothing is loaded ahead', async (world) => {
  for (const connection of [{ saveData: true }, { effectiveType: 'slow-2g' }]) {
    const { page, person } = await arrive(world);
    await page.evaluate((value) => Object.defineProperty(navigator, 'connection', { value }), connection);
    const [asked, ids] = [await enlarged(page), await shown(page)];
    await tile(person, 1).click();
    await isThere(page);
    for (const at of [2, 3]) {
      await page.keyboard.press('ArrowRight');
      await page.getByRole('dialog').getByText(position(person.say, at)).waitFor();
      await isThere(page);
    }
    assert.deepEqual(asked, ids.slice(0, 3));
  }
});

/** What is shown of the open photo: its kind, and the long side of its pixels. */
const large = (page) => page.locator('.stage figure:not([inert]) img.there').evaluate((image) =>
  [image.src.split('/').at(-1), Math.max(image.naturalWidth, image.naturalHeight)]);
/** Waits until that is shown. */
const shows = (page, kind, side) => until(async () => String(await large(page)) === `${kind},${side}`, kind);

scenario('a phone loads medium pictures, and all pixels when somebody zooms in', async (world) => {
  const { page, person } = await arrive(world, { deviceScaleFactor: 3 });
  const asked = [];
  const bytes = { medium: 0, preview: 0 };
  let allow = Promise.resolve();
  await page.route(/\/(medium|preview)$/, async (route) => {
    const [, id, kind] = /photos\/(\d+)\/(\w+)$/.exec(route.request().url());
    asked.push(`${kind} ${id}`);
    await allow;
    const response = await route.fetch();
    bytes[kind] = (await response.body()).length;
    await route.fulfill({ response });
  });
  const ids = await shown(page);
  await tile(person, 1).click();
  await shows(page, 'medium', 1024);
  await until(() => asked.length > 1, 'the next photo');
  await page.keyboard.press('ArrowRight');
  await shows(page, 'medium', 1024);
  // What was loaded ahead is what is shown; the photo after it comes next, in the same size.
  await until(() => asked.length > 2, 'the photo after it');
  assert.deepEqual(asked, [`medium ${ids[0]}`, `medium ${ids[1]}`, `medium ${ids[2]}`]);
  await page.keyboard.press('ArrowLeft');
  await shows(page, 'medium', 1024);
  const { medium } = bytes;
  let release;
  allow = new Promise((done) => { release = done; });
  await page.keyboard.press('+');
  await until(() => asked.includes(`preview ${ids[0]}`), 'the preview');
  // Until it is there, the medium picture is not hidden.
  assert.equal(await page.locator('.stage figure:not([inert]) img.there').count(), 1);
  await shot(page, 'zoom-waits');
  release();
  await shows(page, 'preview', 1600);
  await shot(page, 'zoom-preview');
  await page.keyboard.press('-');
  await page.waitForFunction(() => !document.querySelector('.stage.enlarged'));
  await page.keyboard.press('+');
  await shows(page, 'preview', 1600);
  assert.equal(asked.filter((one) => one.startsWith('preview')).length, 1);
  assert.ok(medium < bytes.preview, `${medium} and ${bytes.preview}`);
  return `medium ${medium} bytes, preview ${bytes.preview}`;
});

scenario('a preview that does not come leaves the medium picture', async (world) => {
  const { page, person } = await arrive(world, { offline: true });
  let asked = 0;
  await page.route(/\/preview$/, (route) => {
    asked += 1;
    return route.abort();
  });
  await tile(person, 1).click();
  await shows(page, 'medium', 1024);
  for (const times of [1, 2]) {
    await page.keyboard.press('+');
    await until(() => asked === times, 'the preview');
    await shows(page, 'medium', 1024);
    await page.keyboard.press('-');
    await page.waitForFunction(() => !document.querySelector('.stage.enlarged'));
  }
  assert.equal(asked, 2);
});

scenario('large screens load previews at once', async (world) => {
  for (const [width, deviceScaleFactor, kind] of [[1800, 1, 'preview'], [1280, 2, 'preview'], [600, 1, 'medium']]) {
    const { page, person } = await arrive(world, {
      device: 'desktop', deviceScaleFactor, viewport: { width, height: width > 1000 ? 1300 : 900 },
    });
    await tile(person, 1).click();
    await isThere(page);
    assert.equal((await large(page))[0], kind, `${width} points, ${deviceScaleFactor} pixels per point`);
  }
});

scenario('swipe, double tap and pan', async (world) => {
  const { page, say, person, context } = await arrive(world);
  await tile(person, 1).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(position(say, 1)).waitFor();
  const touch = await context.newCDPSession(page);
  const finger = (type, ...points) => touch.send('Input.dispatchTouchEvent', {
    type, touchPoints: points.map(([x, y], id) => ({ x, y, id })),
  });
  const swipe = async (from, to, y = 400) => {
    await finger('touchStart', [from, y]);
    for (let step = 1; step <= 6; step += 1) await finger('touchMove', [from + ((to - from) * step) / 6, y]);
    await finger('touchEnd');
  };
  await swipe(330, 60);
  await dialog.getByText(position(say, 2)).waitFor();
  await swipe(60, 330);
  await dialog.getByText(position(say, 1)).waitFor();
  await swipe(60, 330);
  await dialog.getByText(position(say, 1)).waitFor();
  // A swipe from one arrow to the other; each keeps its click.
  const arrow = await dialog.getByRole('button', { name: say('lightbox.next') }).boundingBox();
  const height = arrow.y + arrow.height / 2;
  await swipe(370, 40, height);
  await dialog.getByText(position(say, 2)).waitFor();
  await swipe(20, 350, height);
  await dialog.getByText(position(say, 1)).waitFor();
  await dialog.getByRole('button', { name: say('lightbox.next') }).click();
  await dialog.getByText(position(say, 2)).waitFor();
  await dialog.getByRole('button', { name: say('lightbox.back') }).click();
  await dialog.getByText(position(say, 1)).waitFor();
  for (let tap = 0; tap < 2; tap += 1) {
    await finger('touchStart', [200, 400]);
    await finger('touchEnd');
  }
  await page.waitForFunction(() => document.querySelector('.stage.enlarged'));
  await swipe(330, 60);
  assert.equal(await dialog.getByText(position(say, 1)).count(), 1);
  for (let tap = 0; tap < 2; tap += 1) {
    await finger('touchStart', [200, 400]);
    await finger('touchEnd');
  }
  await page.waitForFunction(() => !document.querySelector('.stage.enlarged'));
  await finger('touchStart', [150, 400], [250, 400]);
  for (let step = 1; step <= 5; step += 1) await finger('touchMove', [150 - step * 10, 400], [250 + step * 10, 400]);
  await finger('touchEnd');
  await page.waitForFunction(() => document.querySelector('.stage.enlarged'));
  // Opened again it is not enlarged.
  await page.keyboard.press('Escape');
  await tile(person, 1).click();
  await dialog.getByText(position(say, 1)).waitFor();
  assert.equal(await page.locator('.stage.enlarged').count(), 0);
  assert.deepEqual(await page.locator('.stage .frame').evaluateAll((all) => all.map((one) => one.style.transform).filter(Boolean)), []);
});

scenario('"not me" and "hide" remove photos and can be undone', async (world) => {
  const { page, say, person } = await arrive(world);
  const heading = (count) => page.getByRole('heading', { name: say('results.found.other', { count }) });
  const dialog = page.getByRole('dialog');
  await tile(person, 2).click();
  await dialog.getByRole('button', { name: say('photo.not_me') }).click();
  await dialog.getByText(say('photo.not_me.done')).waitFor();
  await dialog.getByText(position(say, 2, OF_GRACE - 1)).waitFor();
  await shot(page, 'undo');
  await dialog.getByRole('button', { name: say('photo.undo') }).click();
  await dialog.getByText(position(say, 2)).waitFor();
  await dialog.getByRole('button', { name: say('photo.hide') }).click();
  await dialog.getByText(say('photo.hide.done')).waitFor();
  await page.keyboard.press('Escape');
  await heading(OF_GRACE - 1).waitFor();
  // Closing goes back in the history, which a reload would interrupt.
  await page.waitForFunction(() => !history.state?.photo);
  await page.reload();
  await heading(OF_GRACE - 1).waitFor();
  await page.getByRole('link', { name: say('results.removed.one', { count: 1 }) }).click();
  await page.getByRole('heading', { name: say('saved.removed') }).waitFor();
  // No sign-in link where only the photographer creates accounts.
  assert.equal(await page.getByRole('link', { name: say('saved.sign_in') }).count(), 0);
  await page.getByRole('button', { name: position(say, 1, 1) }).click();
  await page.getByText(say('saved.restored')).waitFor();
  await page.getByRole('link', { name: say('tabs.me') }).click();
  await heading(OF_GRACE).waitFor();
});

scenario('favourites move into an account', async (world) => {
  const { page, say, person, program, event } = await arrive(world, { locale: 'id', config: '[accounts]\nregistration = "open"\n' });
  await tile(person, 1).click();
  await page.getByRole('dialog').getByRole('button', { name: say('photo.save') }).click();
  await page.getByText(say('saved.added')).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: `${position(say, 1)}` }).waitFor();
  await page.getByRole('link', { name: say('tabs.saved') }).click();
  await page.getByRole('button', { name: position(say, 1, 1) }).waitFor();
  await axe(page);
  await shot(page, 'saved-phone-id');
  await program.user('rina');
  await page.getByRole('link', { name: say('saved.sign_in') }).click();
  await page.getByLabel(say('account.login')).fill('rina');
  await page.getByLabel(say('account.password'), { exact: true }).fill('correct horse');
  await page.getByRole('button', { name: say('account.sign_in'), exact: true }).click();
  await page.waitForURL((url) => url.pathname === event.path);
  await page.getByRole('link', { name: say('tabs.saved') }).click();
  await page.getByText(say('saved.kept.one', { count: 1 })).waitFor();
  await page.getByRole('link', { name: say('saved.account') }).click();
  await page.getByRole('heading', { name: say('account.collection') }).waitFor();
  await page.getByRole('button', { name: position(say, 1, 1) }).waitFor();
  await until(() => page.locator('.event', { hasText: 'Rina & Adi' }).count(), 'the event among those visited');
});

scenario('several photos come in one ZIP of known size', async (world) => {
  const { page, say, person } = await arrive(world);
  await page.getByRole('button', { name: say('choose.begin') }).click();
  await tile(person, 1).click();
  await tile(person, 3).click();
  assert.equal(await tile(person, 3).getAttribute('aria-pressed'), 'true');
  await page.getByText(say('choose.count.other', { count: 2 })).waitFor();
  await axe(page);
  await fits(page);
  await shot(page, 'choose');
  await page.getByRole('button', { name: say('choose.all') }).click();
  await tile(person, 2).click();
  await page.getByText(say('choose.count.other', { count: OF_GRACE - 1 })).waitFor();
  const button = page.getByRole('button', { name: say('choose.download') });
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const listing = execFileSync('unzip', ['-l', await download.path()], { encoding: 'utf8' });
  assert.match(listing, /4 files/);
  assert.equal((listing.match(/DSC_01\d\d\.jpg/g) ?? []).length, OF_GRACE - 1);
  await page.getByRole('button', { name: say('choose.begin'), exact: true }).waitFor();
});

scenario('all photos of a view can be selected, and the selection ends with the view', async (world) => {
  const { page, say } = await arrive(world);
  await page.getByRole('link', { name: say('tabs.all') }).click();
  await page.getByRole('button', { name: say('choose.begin'), exact: true }).click();
  await page.getByRole('button', { name: say('choose.all') }).click();
  await page.getByText(say('choose.count.other', { count: PARTY.length })).waitFor();
  await page.getByRole('link', { name: say('tabs.me') }).click();
  await page.getByRole('button', { name: say('choose.begin'), exact: true }).waitFor();
  assert.equal(await page.locator('.choose').count(), 0);
});

scenario('a refresh keeps the keyboard focus', async (world) => {
  const program = await world.program();
  await program.admin();
  const event = await program.event('Rina & Adi', { photos: PARTY });
  const person = await world.person(program, { device: 'desktop' });
  const { page, say } = person;
  await page.goto(`${event.path}#all`);
  await page.getByText(say('live.on')).waitFor();
  await tile(person, 1, PARTY.length).focus();
  await page.keyboard.press('ArrowRight');
  const at = () => page.evaluate(() => document.activeElement.querySelector('img')?.src);
  const source = await until(at, 'the second tile');
  await page.evaluate(() => { document.activeElement.dataset.before = 'refresh'; });
  const [other] = (await program.api('GET', `/events/${event.id}/my-event-images`)).items.filter(({ id }) => !source.includes(`/${id}/`));
  await program.api('POST', `/events/${event.id}/images/change`, { json: { ids: [other.id], action: 'hide' } });
  await page.waitForFunction(() => !document.querySelector('.tile[data-before]'));
  await until(async () => await at() === source, 'the same photo');
});

scenario('a large view that failed to load is requested again', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: PARTY });
  const person = await world.person(program, { offline: true });
  const { page } = person;
  await page.route(/guest\/photo\.js$/, (route) => route.abort());
  await findMyself(person, event);
  await page.locator('.tile').first().click();
  await page.getByRole('dialog').waitFor();
});

scenario('an open page takes over new settings', async (world) => {
  const program = await world.program();
  await program.admin();
  const event = await program.event('Rina & Adi', { photos: PARTY });
  const person = await world.person(program, { refused: [403] });
  const { page, say } = person;
  await findMyself(person, event);
  await page.getByText(say('live.on')).waitFor();
  await page.locator('.tile').first().click();
  const dialog = page.getByRole('dialog');
  const download = dialog.getByRole('link', { name: say('photo.download') });
  await download.waitFor();
  await program.api('PUT', `/events/${event.id}`, { json: { visibility: 'matches', download: 'nothing' } });
  await download.waitFor({ state: 'detached' });
  await page.locator('#tabs').getByText(say('tabs.all')).waitFor({ state: 'detached' });
  // Touch screens, too, have buttons to move on.
  await dialog.getByRole('button', { name: say('lightbox.next') }).click();
  await dialog.getByText(position(say, 2)).waitFor();
  await page.keyboard.press('Escape');
  await program.api('PUT', `/events/${event.id}`, { json: { closed: true } });
  await page.getByRole('heading', { name: say('closed.title') }).waitFor();
  await page.getByText(say('error.event.closed')).waitFor();
});

scenario('one photo is downloaded under its own name', async (world) => {
  const { page, say, person } = await arrive(world);
  await tile(person, 1).click();
  const link = page.getByRole('dialog').getByRole('link', { name: say('photo.download') });
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  assert.match(download.suggestedFilename(), /^DSC_01\d\d\.jpg$/);
});

scenario('all photos by time, with the keyboard', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: photos(101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112) });
  const person = await world.person(program, { device: 'desktop' });
  const { page, say } = person;
  await page.goto(`${event.path}#all`);
  await page.waitForFunction(() => document.querySelectorAll('.squares .tile.there').length === 12);
  await axe(page);
  await shot(page, 'browse-desktop');
  const name = (at) => position(say, at, 12);
  await page.getByRole('button', { name: name(1), exact: false }).first().focus();
  await page.keyboard.press('ArrowRight');
  await until(() => page.evaluate((words) => document.activeElement.ariaLabel?.startsWith(words), name(2)), 'the second tile');
  await page.keyboard.press('End');
  await until(() => page.evaluate((words) => document.activeElement.ariaLabel?.startsWith(words), name(12)), 'the last tile');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByText(name(12)).waitFor();
  await page.keyboard.press('ArrowLeft');
  await dialog.getByText(name(11)).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: say('browse.newest') }).click();
  await page.getByRole('button', { name: say('browse.oldest') }).waitFor();
});

scenario('photos appear soon over a slow network', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', {
    photos: photos(101, 102, 103, 104, 105, 106, 107, 108, 110, 111, 112, 113, 114, 115),
  });
  const person = await world.person(program);
  const { page, context } = person;
  await page.goto(`${event.path}#all`);
  await page.locator('.squares .tile.there').first().waitFor();
  const said = [];
  for (const [visit, cached] of [['first visit', false], ['second visit', true]]) {
    const slow = await context.newPage();
    const network = await context.newCDPSession(slow);
    await network.send('Network.enable');
    await network.send('Network.setCacheDisabled', { cacheDisabled: !cached });
    const bytes = 1.6e6 / 8;
    await network.send('Network.emulateNetworkConditions', {
      offline: false, latency: 150, downloadThroughput: bytes, uploadThroughput: bytes,
    });
    await slow.goto(`${event.path}#all`, { waitUntil: 'commit' });
    await slow.waitForFunction(() => document.querySelectorAll('.tile.there').length >= 9);
    const complete = await slow.locator('.tile.there img').evaluateAll((all) => all.filter((one) => one.complete && one.naturalWidth).length);
    assert.ok(complete >= 9, `${complete} thumbnails`);
    const [paint, nine] = await slow.evaluate(() => [
      performance.getEntriesByName('first-contentful-paint')[0]?.startTime, performance.now(),
    ]);
    assert.ok(paint > 0 && paint < nine, `first paint ${paint}, nine photos ${nine}`);
    // A module that the page does not preload is requested only after the one that imports it.
    const late = await slow.evaluate(() => {
      const scripts = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'));
      const named = new Set([...document.querySelectorAll('link[rel=modulepreload]')].map(({ href }) => href));
      const shown = performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/thumbnail')).startTime;
      return scripts.filter(({ name, startTime }) => startTime < shown && !named.has(name)).map(({ name }) => name);
    });
    assert.deepEqual(late, []);
    said.push(`${visit}: first paint ${Math.round(paint)} ms, nine photos ${Math.round(nine)} ms`);
    await slow.close();
  }
  return said.join('; ');
});
