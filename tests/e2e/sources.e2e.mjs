// Photos that come in by themselves or by others' hands: sources in the studio, another photographer with a link, guests
// who send photos, and the photographer's approval.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sendByFtp } from './camera.mjs';
import { axe, fits, photos, scenario, shot, until } from './lib.mjs';
import { ask, indexed, openEvent, photographer, progress, readQr } from './studio.mjs';

const create = (person, event, json) => ask(person, `/events/${event.id}/sources`, { method: 'POST', json });
const access = (person, event, { id }) => ask(person, `/events/${event.id}/sources/${id}/access`);
const card = (page, name) => page.locator('.source', { has: page.getByRole('heading', { name, exact: true }) });
const press = (place, label, name) => place.getByRole('button', { name: `${label}: ${name}` }).click();

scenario('sources are added, changed, paused and removed', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { refused: [422] });
  const { page, say } = person;
  const event = await openEvent(person, {}, 'sources');
  const add = async (kind) => {
    await press(page, say('studio.sources.add'), say(`studio.sources.${kind}`));
    return page.getByRole('dialog');
  };
  await page.getByText(say('studio.sources.what')).waitFor();
  await axe(page);
  // A folder that is none is refused, with what is expected.
  const folder = join(program.folder, 'Exports');
  const form = await add('folder');
  await form.getByLabel(say('studio.sources.path')).fill(folder);
  await form.getByRole('button', { name: say('studio.sources.add') }).click();
  await form.getByText(say('error.source.folder_unusable')).waitFor();
  await axe(page);
  await mkdir(folder);
  await form.getByRole('button', { name: say('studio.sources.add') }).click();
  const exports = card(page, 'Exports');
  await exports.getByText(say('studio.sources.ready')).waitFor();
  await exports.getByText(folder).waitFor();
  await press(exports, say('studio.sources.pause'), 'Exports');
  await exports.getByText(say('studio.sources.paused')).waitFor();
  await press(exports, say('studio.sources.edit'), 'Exports');
  await page.getByRole('dialog').getByLabel(say('studio.form.name')).fill('Lightroom');
  await page.getByRole('dialog').getByLabel(say('studio.sources.credited')).fill('Sari Dewi');
  await page.getByRole('dialog').getByRole('button', { name: say('studio.settings.save') }).click();
  await card(page, 'Lightroom').getByText(say('studio.sources.credit', { name: 'Sari Dewi' })).waitFor();
  await press(card(page, 'Lightroom'), say('studio.sources.resume'), 'Lightroom');
  // Guests are a source once.
  await (await add('guests')).getByRole('button', { name: say('studio.sources.add') }).click();
  await page.getByText(say('studio.sources.guests_there')).waitFor();
  const [lightroom, guests] = (await ask(person, `/events/${event.id}/sources`)).items;
  assert.deepEqual([lightroom.paused, lightroom.credit, guests.held, guests.max_per_guest], [false, 'Sari Dewi', true, 20]);
  await axe(page);
  await fits(page);
  await shot(page, 'studio-sources', { fullPage: true });
  await press(card(page, 'Lightroom'), say('studio.sources.remove'), 'Lightroom');
  await page.getByRole('dialog').getByRole('button', { name: say('studio.sources.remove') }).click();
  await card(page, 'Lightroom').waitFor({ state: 'detached' });
  assert.equal((await ask(person, `/events/${event.id}/sources`)).items.length, 1);
});

scenario('the upload link of another photographer is shown, printed, and ended by a new one', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { locale: 'id' });
  const { page, say, context } = person;
  const event = await openEvent(person, {}, 'sources');
  await press(page, say('studio.sources.add'), say('studio.sources.contributor'));
  await page.getByRole('dialog').getByLabel(say('studio.sources.person')).fill('Sari');
  await page.getByRole('dialog').getByRole('button', { name: say('studio.sources.add') }).click();
  // The way in is what is needed next.
  const dialog = page.getByRole('dialog', { name: say('studio.setup.link_of', { name: 'Sari' }) });
  await dialog.locator('.qr img').waitFor();
  const [source] = (await ask(person, `/events/${event.id}/sources`)).items;
  const { link } = await access(person, event, source);
  assert.equal(await readQr(dialog.locator('.qr img')), link);
  assert.match(link, new RegExp(`/u/${source.id}#k=`));
  await axe(page);
  const opened = context.waitForEvent('page');
  await dialog.getByRole('link', { name: say('studio.print.page') }).click();
  const sheet = await opened;
  await sheet.locator('body.ready').waitFor();
  assert.equal(await readQr(sheet.locator('.code').first()), link);
  await axe(sheet);
  const pages = (await sheet.pdf({ preferCSSPageSize: true })).toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g);
  assert.equal(pages.length, 1);
  await page.keyboard.press('Escape');
  await press(page, say('studio.setup.new_link'), 'Sari');
  await page.getByRole('dialog').getByRole('button', { name: say('studio.setup.new_link') }).click();
  await dialog.locator('.qr img').waitFor();
  const next = (await access(person, event, source)).link;
  assert.notEqual(next, link);
  await until(async () => await readQr(dialog.locator('.qr img')) === next, 'the new code is shown');
  const visitor = await world.person(program, { refused: [401] });
  await visitor.page.goto(link);
  await visitor.page.getByText(visitor.say('error.source.access_required')).waitFor();
});

scenario('a camera sends with the values of its set-up card, until it gets a new password', async (world) => {
  const [port, range] = [42_121, '42130-42139'];
  const program = await world.program(`[ftp]\nenabled = true\nport = ${port}\npassive_ports = "${range}"\n`);
  const person = await photographer(world, program);
  const { page, say, context } = person;
  const event = await openEvent(person, {}, 'sources');
  await press(page, say('studio.sources.add'), say('studio.sources.camera'));
  await page.getByRole('dialog').getByLabel(say('studio.form.name')).fill('Canon R5');
  await page.getByRole('dialog').getByRole('button', { name: say('studio.sources.add') }).click();
  const dialog = page.getByRole('dialog', { name: say('studio.setup.of', { name: 'Canon R5' }) });
  await dialog.locator('.qr img').waitFor();
  const shown = async (key) => dialog.locator('.facts > div', { has: page.getByText(say(key), { exact: true }) })
    .locator('code').innerText();
  const values = async () => ({ host: await shown('source.host'), port: Number(await shown('source.port')),
    user: await shown('source.user'), password: await shown('source.password') });
  const old = await values();
  assert.equal(await readQr(dialog.locator('.qr img')), old.password);
  await dialog.locator('summary').click();
  await axe(page);
  await fits(page);
  await shot(page, 'studio-setup-card');
  const opened = context.waitForEvent('page');
  await dialog.getByRole('link', { name: say('studio.print.page') }).click();
  const sheet = await opened;
  await sheet.locator('body.ready').waitFor();
  for (const value of [old.host, String(port), old.user, old.password]) await sheet.getByText(value, { exact: true }).waitFor();
  await axe(sheet);
  const pages = (await sheet.pdf({ preferCSSPageSize: true })).toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g);
  assert.equal(pages.length, 1);
  await page.keyboard.press('Escape');
  await sendByFtp(old, photos(101)[0], 'IMG_0001.JPG');
  await card(page, 'Canon R5').getByText(say('studio.sources.working')).waitFor();
  await indexed(person, event, 1);
  await press(page, say('studio.setup.new_password'), 'Canon R5');
  await page.getByRole('dialog').getByRole('button', { name: say('studio.setup.new_password') }).click();
  await dialog.locator('.qr img').waitFor();
  const renewed = await values();
  assert.notEqual(renewed.password, old.password);
  await page.keyboard.press('Escape');
  await assert.rejects(sendByFtp(old, photos(102)[0], 'IMG_0002.JPG'), /^Error: 530/);
  await card(page, 'Canon R5').getByText(say('studio.trouble.wrong_password')).waitFor();
  await axe(page);
  await shot(page, 'studio-camera-trouble');
  await sendByFtp(renewed, photos(102)[0], 'IMG_0002.JPG');
  await indexed(person, event, 2);
  await card(page, 'Canon R5').getByText(say('studio.sources.working')).waitFor();
});

scenario('another photographer sends photos with a link, and goes on after a reload', async (world) => {
  const program = await world.program();
  const owner = await photographer(world, program);
  const event = await openEvent(owner);
  const source = await create(owner, event, { kind: 'contributor', name: 'Sari', credit: 'Sari Dewi', max_photos: 3 });
  const { link } = await access(owner, event, source);
  for (const [locale, device, colour, count] of [['en', 'phone', 'light', 2], ['id', 'desktop', 'dark', 3]]) {
    const sari = await world.person(program, { locale, device, colour, refused: [403] });
    const { page, say } = sari;
    await page.goto(link.replace(/^https?:\/\/[^/]+/, ''));
    await page.getByRole('heading', { name: event.name }).waitFor();
    await page.getByText(say('contributor.credit', { name: 'Sari Dewi' })).waitFor();
    // The key is not left in the address bar, nor needed again.
    assert.equal(new URL(page.url()).hash, '');
    await page.reload();
    await page.getByRole('heading', { name: event.name }).waitFor();
    await axe(page);
    await fits(page, `contributor-${device}`);
    await page.getByLabel(say('upload.drop.files')).setInputFiles(count === 2 ? photos(101, 102) : photos(103, 104, 105));
    await page.getByText(say('contributor.of', { count: String(count), most: '3' })).waitFor();
    await until(async () => !(await page.locator('.line.is-sending, .line.is-waiting').count()), 'all are through');
    // What is too much is said to be.
    if (count === 3) await page.locator('.line').getByText(say('error.source.full')).first().waitFor();
    await axe(page);
    await shot(page, `contributor-${device}-sent`, { fullPage: true });
  }
  await indexed(owner, event, 3);
  const { items } = await ask(owner, `/events/${event.id}/my-event-images`);
  assert.deepEqual(items.map(({ credit, source_id: id }) => [credit, id]), Array(3).fill(['Sari Dewi', source.id]));
});

scenario('a contributor chooses files with the keyboard alone, at 320 pixels, and may try a rejected one again', async (world) => {
  const program = await world.program();
  const owner = await photographer(world, program);
  const event = await openEvent(owner);
  const source = await create(owner, event, { kind: 'contributor', name: 'Sari' });
  const { link } = await access(owner, event, source);
  const { page, say } = await world.person(program, { device: 'small' });
  await page.goto(link.replace(/^https?:\/\/[^/]+/, ''));
  await page.getByText(say('contributor.none')).waitFor();
  // Before the key, so that the browser does not show its own dialog.
  const asked = page.waitForEvent('filechooser');
  await until(async () => {
    await page.keyboard.press('Tab');
    return page.evaluate(() => document.activeElement?.matches('input[type="file"]'));
  }, 'the files have the focus');
  await page.keyboard.press('Enter');
  await (await asked).setFiles([...photos(101), join(program.folder, 'config.toml')]);
  await page.getByText(say('contributor.photos.one', { count: '1' })).waitFor();
  await page.getByText(say('error.upload.refused')).waitFor();
  await page.getByRole('button', { name: say('upload.drop', { name: 'config.toml' }) }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('config.toml').waitFor({ state: 'detached' });
  await axe(page);
  await fits(page);
  assert.equal((await progress(owner, event)).received, 1);
});

scenario('while a source is paused its contributor waits, and goes on by itself', async (world) => {
  const program = await world.program();
  const owner = await photographer(world, program);
  const event = await openEvent(owner);
  const source = await create(owner, event, { kind: 'contributor', name: 'Sari' });
  const { link } = await access(owner, event, source);
  const pause = (paused) => ask(owner, `/events/${event.id}/sources/${source.id}`, { method: 'PUT', json: { paused } });
  const { page, say } = await world.person(program, { refused: [403] });
  await page.goto(link.replace(/^https?:\/\/[^/]+/, ''));
  await page.getByText(say('contributor.none')).waitFor();
  await pause(true);
  await page.getByLabel(say('upload.drop.files')).setInputFiles(photos(101, 102));
  await page.locator('.tray').getByText(say('error.source.paused')).waitFor();
  await page.locator('.notice').getByText(say('error.source.paused')).waitFor();
  await axe(page);
  await pause(false);
  await page.getByText(say('contributor.photos.other', { count: '2' })).waitFor();
  assert.equal((await progress(owner, event)).received, 2);
});

scenario('guests send photos, the photographer approves them, and others see who took them', async (world) => {
  const program = await world.program();
  const owner = await photographer(world, program);
  const event = await openEvent(owner, { photographer: 'Rina Studio' });
  await program.import(event, photos(101, 102));
  await create(owner, event, { kind: 'guests', name: 'Guests', max_per_guest: 4 });
  const guest = await world.person(program, { locale: 'id' });
  const { page, say } = guest;
  await page.goto(`/e/${event.share_code}#send`);
  await page.getByRole('heading', { name: say('send.title') }).waitFor();
  await page.getByText(say('send.held')).waitFor();
  await page.getByLabel(say('send.name')).fill('Budi');
  await axe(page);
  await fits(page, 'guest-send');
  await page.locator('input[type=file]').setInputFiles(photos(103, 104, 105));
  await page.getByText(say('send.sent.other', { count: '3' })).waitFor();
  await page.getByText(say('send.waiting')).nth(2).waitFor();
  await page.getByText(say('send.left', { count: '1' })).waitFor();
  await axe(page);
  await fits(page, 'guest-sent');
  await shot(page, 'guest-sent', { fullPage: true });
  // One is taken back before anybody has seen it.
  await page.getByRole('button', { name: `${say('send.take_back')}: DSC_0105.jpg` }).click();
  await page.getByText(say('send.sent.other', { count: '2' })).waitFor();

  // The photographer approves the first with the keyboard, and goes on to the next one, which stays hidden.
  const studio = owner.page;
  await studio.getByText(owner.say('studio.approve.waiting.other', { count: '2' })).waitFor();
  await axe(studio);
  await shot(studio, 'studio-approve');
  await studio.getByRole('button', { name: owner.say('studio.approve.look') }).click();
  await until(async () => await studio.locator('.tile').count() === 2, 'only those that wait are listed');
  await studio.locator('#photo-grid').focus();
  await studio.keyboard.press('Home');
  await studio.keyboard.press('Enter');
  const dialog = studio.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Budi' }).waitFor();
  await axe(studio);
  await shot(studio, 'studio-approve-photo');
  const first = await dialog.locator('.file-name').innerText();
  await dialog.getByRole('button', { name: owner.say('studio.approve.approve') }).focus();
  await studio.keyboard.press('Enter');
  await until(async () => await dialog.locator('.file-name').innerText() !== first, 'the next photo');
  await dialog.getByRole('button', { name: owner.say('studio.approve.reject') }).click();
  await dialog.waitFor({ state: 'detached' });
  await until(async () => (await progress(owner, event)).visible === 3, 'one more is visible');
  await page.getByText(say('send.shown')).waitFor();
  await page.getByText(say('send.hidden')).waitFor();

  // Another guest looks at the photos of the two photographers.
  const other = await world.person(program);
  await other.page.goto(`/e/${event.share_code}#all`);
  await other.page.locator('.squares .tile img').nth(2).waitFor();
  await other.page.getByLabel(other.say('browse.by')).selectOption({ label: 'Budi (1)' });
  await until(async () => await other.page.locator('.squares .tile').count() === 1, 'only the photo by Budi');
  await axe(other.page);
  await fits(other.page, 'guest-by-photographer');
  await other.page.locator('.squares .tile').click();
  await other.page.getByText(other.say('photo.by_guest', { name: 'Budi' })).waitFor();
  await axe(other.page);
  await shot(other.page, 'guest-credit');
});

scenario('the photographer looks at the photos of one source, photographer or camera', async (world) => {
  const program = await world.program();
  const owner = await photographer(world, program);
  const { page, say } = owner;
  const event = await openEvent(owner);
  await program.import(event, photos(101, 102));
  const source = await create(owner, event, { kind: 'contributor', name: 'Sari' });
  const { link } = await access(owner, event, source);
  const sari = await world.person(program);
  await sari.page.goto(link.replace(/^https?:\/\/[^/]+/, ''));
  await sari.page.getByLabel(sari.say('upload.drop.files')).setInputFiles(photos(103));
  await indexed(owner, event, 3);
  const tiles = (count) => until(async () => await page.locator('.tile:not(.empty)').count() === count, `${count} photos`);
  await tiles(3);
  const from = page.getByLabel(say('studio.from.label'));
  await from.selectOption({ label: 'Sari' });
  await tiles(1);
  await from.selectOption({ label: say('studio.from.own') });
  await tiles(2);
  await from.selectOption({ label: say('studio.from.all') });
  await tiles(3);
  await page.locator('.tile', { hasText: 'DSC_0103.jpg' }).locator('.caption').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sari' }).first().click();
  await tiles(1);
  await axe(page);
});

scenario('a guest page without uploads has no way to send photos', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: photos(101) });
  const { page, say } = await world.person(program);
  await page.goto(`${event.path}#all`);
  await page.locator('.squares .tile img').first().waitFor();
  assert.equal(await page.getByRole('link', { name: say('tabs.send') }).count(), 0);
  await page.goto(`${event.path}#send`);
  await page.getByText(say('send.off')).waitFor();
  await axe(page);
});
