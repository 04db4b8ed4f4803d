// The photos page of the studio, with the mouse and with the keyboard alone.

import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { axe, photos, scenario, shot, until } from './lib.mjs';
import { LOGIN, ask, indexed, openEvent, photographer, progress, takenWith } from './studio.mjs';

const TEN = photos(101, 102, 103, 104, 105, 106, 107, 108, 109, 110);
const visible = async (person, event) => (await progress(person, event)).visible;
const grid = ({ page, say }) => page.getByRole('listbox', { name: say('studio.photos.grid') });
const tiles = (person) => grid(person).getByRole('option');
const names = async (person) => (await tiles(person).locator('.caption .name').allInnerTexts());

async function withPhotos(world, files, options) {
  const program = await world.program();
  const person = await photographer(world, program, options);
  const event = await openEvent(person);
  await program.import(event, files);
  await indexed(person, event, files.length);
  await until(async () => await tiles(person).count() === files.length, 'all photos are in the grid');
  return { program, person, event };
}

scenario('photos are sorted, selected, hidden, shown again and deleted', async (world) => {
  const { person, event } = await withPhotos(world, TEN);
  const { page, say } = person;
  await page.getByRole('combobox', { name: say('studio.sort.label') }).selectOption('file_name');
  await until(async () => (await names(person))[0] === 'DSC_0110.jpg', 'the last name comes first');
  await page.getByRole('button', { name: say('studio.sort.descending') }).click();
  await until(async () => (await names(person))[0] === 'DSC_0101.jpg', 'the first name comes first');

  await tiles(person).nth(1).locator('.pick').click();
  await tiles(person).nth(4).click({ modifiers: ['Shift'] });
  await page.getByText(say('studio.count.chosen.other', { count: '4' })).waitFor();
  await axe(page);
  await shot(page, 'studio-chosen');
  await page.getByRole('button', { name: say('studio.photo.hide'), exact: true }).click();
  await page.getByText(say('studio.told.hide.other', { count: '4' })).waitFor();
  assert.equal(await visible(person, event), 6);
  await page.getByRole('button', { name: say('studio.filter.hidden') }).click();
  await until(async () => (await names(person)).join() === 'DSC_0102.jpg,DSC_0103.jpg,DSC_0104.jpg,DSC_0105.jpg', 'the hidden ones');
  await page.getByRole('button', { name: say('studio.undo') }).click();
  await until(async () => await visible(person, event) === 10, 'all are visible again');

  await page.getByRole('button', { name: say('studio.filter.all'), exact: true }).click();
  await tiles(person).nth(9).waitFor();
  await tiles(person).nth(0).locator('.pick').click();
  await tiles(person).nth(2).locator('.pick').click();
  await page.getByRole('button', { name: say('studio.photo.delete') }).click();
  await page.getByRole('dialog').getByRole('button', { name: say('studio.photo.delete') }).click();
  await until(async () => await tiles(person).count() === 8, 'two are gone');
  assert.ok(!(await names(person)).includes('DSC_0101.jpg'));
  assert.equal((await progress(person, event)).received, 8);
});

scenario('all photos of a person are hidden from one face', async (world) => {
  const { person, event } = await withPhotos(world, TEN);
  const { page, say } = person;
  const { items } = await ask(person, `/events/${event.id}/my-event-images?limit=50&sort_by=file_name`);
  // A photo of one of the two people.
  const portrait = items.find((photo) => photo.file_name === 'DSC_0106.jpg');
  const [face] = (await ask(person, `/events/${event.id}/images/${portrait.id}/faces`)).faces;
  const found = await ask(person, `/events/${event.id}/faces/${face.id}/images`);
  const theirs = found.filter(({ certainty }) => certainty === 'sure').map(({ id }) => id).sort();
  assert.ok(theirs.length > 1 && theirs.length < TEN.length, `${theirs.length} photos`);
  // One of them is hidden already, and must stay hidden when hiding is undone.
  const already = theirs.find((id) => id !== portrait.id);
  await ask(person, `/events/${event.id}/images/change`, { method: 'POST', json: { ids: [already], action: 'hide' } });
  await tiles(person).filter({ hasText: 'DSC_0106.jpg' }).locator('.caption').click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('.face').first().click();
  await dialog.getByText(say('studio.person.title.other', { count: String(theirs.length) })).waitFor();
  await axe(page);
  await shot(page, 'studio-person');
  // The last one is left out, then taken in again.
  const tick = dialog.locator('.person-photos').first().getByRole('checkbox').last();
  await tick.uncheck();
  await dialog.getByRole('button', { name: say('studio.person.hide.other', { count: String(theirs.length - 1) }) })
    .waitFor();
  await tick.check();
  await dialog.getByRole('button', { name: say('studio.person.hide.other', { count: String(theirs.length) }) }).click();
  const hidden = async () => (await ask(person, `/events/${event.id}/my-event-images?limit=50&hidden=true`)).items
    .map(({ id }) => id).sort();
  await until(async () => (await hidden()).join() === theirs.join(), 'all photos of this person are hidden');
  await dialog.getByRole('button', { name: say('studio.undo') }).click();
  await until(async () => (await hidden()).join() === String(already), 'hiding is taken back, but for the one of before');
});

scenario('a photo that is exported again has versions, and the photographer goes back', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const { page, say } = person;
  const event = await openEvent(person);
  const [one, other] = await Promise.all(photos(106, 101).map((path) => readFile(path)));
  const taken = (picture) => takenWith(program, picture, 'IMG_1.jpg',
    { camera: 'Canon EOS R6', serial: '7', at: '2026:11:23 18:04:09' });
  await program.import(event, [await taken(one)]);
  await indexed(person, event, 1);
  const folder = join(program.folder, 'Exports');
  await mkdir(folder);
  await ask(person, `/events/${event.id}/sources`, { method: 'POST', json: { kind: 'folder', name: 'Exports', folder } });
  await copyFile(await taken(other), join(folder, 'IMG_1.jpg'));
  const photo = async () => (await ask(person, `/events/${event.id}/my-event-images`)).items[0];
  const { url: before } = await photo();
  await until(async () => (await photo()).versions === 2, 'the export is a version');
  await page.reload();
  await tiles(person).first().locator('.caption').click();
  await page.getByRole('button', { name: say('studio.versions.title') }).click();
  const dialog = page.getByRole('dialog', { name: say('studio.versions.title') });
  await dialog.getByRole('listitem').nth(1).waitFor();
  await axe(page);
  await shot(page, 'studio-versions');
  await dialog.getByRole('button', { name: say('studio.versions.use') }).click();
  await page.getByText(say('studio.versions.told', { name: 'IMG_1.jpg' })).waitFor();
  await dialog.getByRole('listitem').last().getByText(say('studio.versions.shown')).waitFor();
  const shown = page.locator('.stage img');
  await until(async () => (await shown.getAttribute('src')).split('?')[0] === new URL(before, page.url()).pathname,
    'the same photo is shown');
  await until(async () => (await photo()).faces === 1, 'the face of the portrait is found again');
});

scenario('the keyboard alone: sign in, move, select, open, close', async (world) => {
  const program = await world.program();
  await program.admin(LOGIN.login, LOGIN.password);
  const person = await world.person(program, { device: 'desktop', refused: [401] });
  const { page, say } = person;
  await page.goto('/studio');
  await page.getByLabel(say('studio.sign_in.login')).waitFor();
  const reach = (what) => until(async () => {
    await page.keyboard.press('Tab');
    return page.evaluate((name) => document.activeElement.matches(name), what);
  }, `the keyboard reaches ${what}`);
  await reach('input[name="login"]');
  await page.keyboard.type(LOGIN.login);
  await reach('input[name="password"]');
  await page.keyboard.type(LOGIN.password);
  await page.keyboard.press('Enter');
  await page.locator('.checklist').waitFor();
  const event = await openEvent(person);
  await program.import(event, TEN);
  await indexed(person, event, TEN.length);
  await until(async () => await tiles(person).count() === TEN.length, 'all photos are in the grid');
  await reach('#photo-grid');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press(' ');
  await page.keyboard.press('Shift+ArrowRight');
  await page.getByText(say('studio.count.chosen.other', { count: '2' })).waitFor();
  await page.keyboard.press('Control+a');
  await page.getByText(say('studio.count.chosen.other', { count: '10' })).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: say('studio.select_all') }).waitFor();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  const title = dialog.locator('.file-name');
  const first = await title.innerText();
  await page.keyboard.press('ArrowRight');
  await until(async () => await title.innerText() !== first, 'the next photo');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.ok(await page.evaluate(() => document.activeElement.id === 'photo-grid'));
});

scenario('an unreadable photo says why and can be retried', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const { page, say } = person;
  const event = await openEvent(person);
  await page.getByLabel(say('upload.drop.files'), { exact: true })
    .setInputFiles({ name: 'torn.jpg', mimeType: 'image/jpeg', buffer: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]) });
  await until(async () => (await progress(person, event)).failed === 1, 'it has failed');
  await page.getByRole('button', { name: say('studio.count.failed.one', { count: '1' }) }).click();
  await tiles(person).first().locator('.caption').click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('.problem').waitFor();
  await shot(page, 'studio-failed');
  await dialog.getByRole('button', { name: say('studio.photo.retry') }).click();
  await dialog.getByText(say('studio.told.retry.one', { count: '1' })).waitFor();
});

scenario('five thousand photos need only the tiles that fit', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const { page } = person;
  let missing = 0;
  await page.route(/my-event-images/, async (route) => {
    const query = new URL(route.request().url()).searchParams;
    const [number, limit] = [Number(query.get('page')), Number(query.get('limit'))];
    const items = Array.from({ length: limit }, (_, at) => {
      const id = (number - 1) * limit + at + 1;
      return { id, file_name: `IMG_${id}.jpg`, state: 'pending', failure: null, hidden: false, wall: null, faces: 0,
        url: '/', thumbnail_url: '/', original_url: '/', created_at: '2026-11-23T10:00:00Z', size_bytes: 1 };
    });
    if (number === missing) items.pop();
    await route.fulfill({ json: { items, total_items: 5000, total_pages: 25, current_page: number, limit, as_of: 5000 } });
  });
  await openEvent(person);
  await until(async () => await page.locator('.tile .name').count() > 10, 'tiles are drawn');
  assert.ok(await page.locator('.tile').count() < 150);
  await page.locator('#photo-grid').focus();
  await page.keyboard.press('End');
  await page.locator('.tile', { hasText: 'IMG_5000.jpg' }).waitFor();
  assert.ok(await page.locator('.tile').count() < 150);
  assert.equal(await page.locator('.tile.active .name').innerText(), 'IMG_5000.jpg');
  await page.keyboard.press('Control+a');
  await page.getByText(person.say('studio.count.chosen.other', { count: '5,000' })).waitFor();
  // All or none: nothing may suggest that all were hidden.
  await page.keyboard.press('Escape');
  missing = 17;
  await page.keyboard.press('Control+a');
  await page.getByText(person.say('studio.select_incomplete')).waitFor();
  assert.equal(await page.locator('.tile.chosen').count(), 0);
});

scenario('the open photo stays open while others arrive, and is the one that is hidden', async (world) => {
  const { program, person, event } = await withPhotos(world, photos(101));
  const { page, say } = person;
  await tiles(person).first().locator('.caption').click();
  const dialog = page.getByRole('dialog');
  const title = dialog.locator('.file-name');
  await title.waitFor();
  await program.import(event, photos(102, 103, 104));
  await until(async () => await page.locator('.tile .name').count() === 4, 'the others are there');
  assert.equal(await title.innerText(), 'DSC_0101.jpg');
  await dialog.getByRole('button', { name: say('studio.photo.hide'), exact: true }).click();
  await dialog.getByRole('button', { name: say('studio.photo.show'), exact: true }).waitFor();
  assert.equal(await title.innerText(), 'DSC_0101.jpg');
  const { items } = await ask(person, `/events/${event.id}/my-event-images?hidden=true`);
  assert.deepEqual(items.map(({ file_name: name }) => name), ['DSC_0101.jpg']);
  // Newest first: the new ones come before it.
  await page.keyboard.press('ArrowLeft');
  await until(async () => await title.innerText() !== 'DSC_0101.jpg', 'another photo');
  assert.ok(await dialog.getByRole('button', { name: say('studio.detail.after') }).isEnabled());
});

scenario('expired signed URLs are renewed', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { refused: [403] });
  const { page, say } = person;
  // Each listing has its own signed URLs; those of one of them have expired.
  let listings = 0;
  let expired = null;
  await page.route(/my-event-images/, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    listings += 1;
    for (const item of json.items) item.thumbnail_url += `&listing=${listings}`;
    await route.fulfill({ response, json });
  });
  await page.route(/\/thumbnail\?/, (route) => {
    const { searchParams } = new URL(route.request().url());
    return Number(searchParams.get('listing')) === expired
      ? route.fulfill({ status: 403 }) : route.fulfill({ path: photos(101)[0] });
  });
  const event = await openEvent(person);
  await program.import(event, photos(101));
  await indexed(person, event, 1);
  const isSeen = async () => await page.locator('.tile img').evaluate((image) => image.complete && image.naturalWidth > 0);
  await page.locator('.tile img').waitFor();
  await until(isSeen, 'the photo is there');
  expired = listings + 1;
  await page.getByRole('button', { name: say('studio.sort.descending') }).click();
  await until(async () => listings > expired && await isSeen(), 'the photo is there again');
});
