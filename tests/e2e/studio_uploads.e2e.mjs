// Uploads from the studio and from a standard tus client: nothing is lost, nothing is stored twice.

import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Upload } from 'tus-js-client';
import { axe, photos, sample, scenario, shot, until } from './lib.mjs';
import { LOGIN, ask, give, indexed, largePhoto, openEvent, photographer, progress } from './studio.mjs';

const tray = (page) => page.locator('.tray');
const names = async (person, event) => (await ask(person, `/events/${event.id}/my-event-images?limit=200`)).items
  .map(({ file_name: name }) => name).sort();
/** Limits the upload to `bytes` per second, as on a venue's network. */
async function slow({ context, page }, bytes) {
  const session = await context.newCDPSession(page);
  const conditions = { offline: false, latency: 20, downloadThroughput: -1, uploadThroughput: bytes };
  await session.send('Network.emulateNetworkConditions', conditions);
}
/** Waits until all uploads have ended, `count` of them without being rejected. */
const through = (person, count) => until(async () => {
  const key = count === 1 ? 'upload.finished.one' : 'upload.finished.other';
  return (await tray(person.page).innerText()).includes(person.say(key, { count: String(count) }));
}, `${count} files are uploaded`, 90_000);

scenario('a folder with folders, a video and a duplicate is uploaded, each picture once', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const { page, say } = person;
  const event = await openEvent(person);
  const card = join(program.folder, 'DCIM');
  await mkdir(join(card, '100CANON'), { recursive: true });
  const files = await readdir(sample('photos'));
  for (const file of files) await copyFile(sample(`photos/${file}`), join(card, '100CANON', file));
  await copyFile(sample('photos/DSC_0101.jpg'), join(card, `copy of <b>'"& 😀.jpg`));
  await writeFile(join(card, 'MVI_0001.MOV'), 'no picture, and no film either');
  // Nobody means these.
  await writeFile(join(card, '.DS_Store'), 'no picture');
  await copyFile(sample('selfies/Grace_Hopper_1.jpg'), join(card, 'MVI_0001.THM'));
  await mkdir(join(card, '$RECYCLE.BIN'));
  await copyFile(sample('selfies/Eileen_Collins_1.jpg'), join(card, '$RECYCLE.BIN', '$RABCDE.JPG'));
  await page.getByLabel(say('upload.drop.folder')).setInputFiles(card);
  await through(person, files.length + 1);
  await axe(page);
  await shot(page, 'studio-uploaded');
  const lines = tray(page);
  await lines.getByText(say('error.upload.refused')).waitFor();
  await lines.getByText(say('upload.there_count.one', { count: '1' })).waitFor();
  await indexed(person, event, files.length);
  assert.deepEqual((await names(person, event)).length, files.length);
  // Once more: this browser knows that the event has them, and sends none.
  let pieces = 0;
  page.on('request', (request) => { pieces += request.method() === 'PATCH' ? 1 : 0; });
  await lines.getByRole('button', { name: say('upload.clear') }).click();
  await page.getByLabel(say('upload.drop.folder')).setInputFiles(join(card, '100CANON'));
  await through(person, files.length);
  // The event has one name for the picture and its copy: the other name is sent and recognised.
  assert.ok(pieces <= 1, `${pieces} pieces`);
  assert.equal((await progress(person, event)).received, files.length);
});

scenario('files are dropped anywhere on the page', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const event = await openEvent(person);
  const bytes = [...await readFile(sample('photos/DSC_0102.jpg'))];
  await person.page.evaluate((content) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(content)], 'dropped.jpg', { type: 'image/jpeg' }));
    for (const type of ['dragenter', 'dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
  }, bytes);
  await indexed(person, event, 1);
  assert.deepEqual(await names(person, event), ['dropped.jpg']);
});

scenario('a dropped folder with hundreds of files in subfolders is uploaded', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const { context, page } = person;
  const event = await openEvent(person);
  const card = join(program.folder, 'CARD');
  await mkdir(join(card, 'DCIM', '100CANON'), { recursive: true });
  for (const id of [101, 102, 103]) {
    await copyFile(sample(`photos/DSC_0${id}.jpg`), join(card, 'DCIM', '100CANON', `DSC_0${id}.jpg`));
  }
  // More than browsers list at once.
  for (let at = 0; at < 230; at += 1) await writeFile(join(card, 'DCIM', `NOTE_${at}.txt`), 'no picture');
  const session = await context.newCDPSession(page);
  const data = { items: [], files: [card], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await session.send('Input.dispatchDragEvent', { type, x: 400, y: 400, data });
  }
  await through(person, 3);
  await tray(page).getByText(person.say('upload.refused_count.other', { count: '230' })).waitFor();
  await indexed(person, event, 3);
  assert.deepEqual(await names(person, event), ['DSC_0101.jpg', 'DSC_0102.jpg', 'DSC_0103.jpg']);
});

scenario('an upload resumes by itself after the connection dropped', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { offline: true });
  const { context, page, say } = person;
  const event = await openEvent(person);
  const files = await Promise.all(photos(101, 102, 103, 104, 105, 106)
    .map((file, at) => largePhoto(program, file, `LARGE_${at}.jpg`, 9 << 20)));
  await give(person, files);
  await until(async () => (await progress(person, event)).uploads > 0, 'an upload has begun');
  await context.setOffline(true);
  await tray(page).getByText(say('upload.offline')).waitFor();
  await shot(page, 'studio-offline');
  await context.setOffline(false);
  await through(person, files.length);
  await indexed(person, event, files.length);
  assert.deepEqual(await names(person, event), files.map((_, at) => `LARGE_${at}.jpg`));
  assert.equal((await progress(person, event)).uploads, 0);
});

scenario('an upload resumes after the server was killed', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { offline: true });
  const event = await openEvent(person);
  const files = await Promise.all(photos(101, 103).map((file, at) => largePhoto(program, file, `LARGE_${at}.jpg`, 13 << 20)));
  await slow(person, 6 << 20);
  await give(person, files);
  await until(async () => (await progress(person, event)).uploads > 0, 'an upload has begun');
  await program.stop('SIGKILL');
  await tray(person.page).getByText(person.say('upload.offline')).waitFor();
  await program.serve();
  await through(person, files.length);
  await indexed(person, event, files.length);
  assert.deepEqual(await names(person, event), ['LARGE_0.jpg', 'LARGE_1.jpg']);
});

scenario('after a reload the same files resume where they stopped', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { offline: true });
  const { page, say } = person;
  const event = await openEvent(person);
  const files = await Promise.all(photos(101, 102, 103).map((file, at) => largePhoto(program, file, `LARGE_${at}.jpg`, 9 << 20)));
  await slow(person, 5 << 20);
  await give(person, files);
  const held = async () => (await ask(person, `/events/${event.id}/uploads`)).items.filter(({ offset }) => offset > 0);
  await until(async () => (await held()).length === 3, 'a piece of each is there');
  await tray(page).getByRole('button', { name: say('upload.pause') }).click();
  await tray(page).getByRole('button', { name: say('upload.resume') }).waitFor();
  // The page warns; this photographer leaves anyway.
  page.on('dialog', (dialog) => dialog.accept());
  await page.reload();
  await page.locator('.unfinished').waitFor();
  await axe(page);
  await shot(page, 'studio-unfinished');
  const sent = [];
  page.on('request', (request) => {
    if (request.method() === 'PATCH') sent.push(Number(request.headers()['upload-offset']));
  });
  const before = (await held()).reduce((sum, { offset }) => sum + offset, 0);
  await give(person, files);
  await through(person, files.length);
  assert.ok(before > 0 && sent.length && !sent.includes(0), `pieces from ${sent}`);
  await indexed(person, event, files.length);
  assert.deepEqual(await names(person, event), ['LARGE_0.jpg', 'LARGE_1.jpg', 'LARGE_2.jpg']);
  assert.equal(await page.locator('.unfinished').count(), 0);
});

scenario('files of a folder go in the order of their names, and after a reload the page says which are missing', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { offline: true, locale: 'id' });
  const { page, say } = person;
  const event = await openEvent(person);
  const card = join(program.folder, 'CARD');
  await mkdir(card, { recursive: true });
  for (const at of [10, 2, 9, 1, 11, 3, 8, 4, 7, 5, 6, 12]) {
    await copyFile(await largePhoto(program, photos(101)[0], `LARGE_${at}.jpg`, 3 << 20), join(card, `DSC_${at}.jpg`));
  }
  await slow(person, 6 << 20);
  const begun = [];
  page.on('request', (request) => {
    const name = /filename (\S+?)(,|$)/.exec(request.headers()['upload-metadata'] ?? '')?.[1];
    if (name && request.method() === 'POST') begun.push(Buffer.from(name, 'base64').toString());
  });
  await page.getByLabel(say('upload.drop.folder')).setInputFiles(card);
  await until(async () => (await progress(person, event)).received >= 3, 'some are there');
  await tray(page).getByRole('button', { name: say('upload.pause') }).click();
  await tray(page).getByRole('button', { name: say('upload.resume') }).waitFor();
  assert.deepEqual(begun, Array.from(begun, (_, at) => `DSC_${at + 1}.jpg`));
  const asked = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    return dialog.accept();
  });
  await page.reload();
  assert.deepEqual(asked, ['beforeunload']);
  const { received } = await progress(person, event);
  const missing = page.locator('.unfinished');
  await missing.getByText(say('upload.left.other', { count: String(12 - received) })).waitFor();
  await missing.getByText(`DSC_${received + 3}.jpg`).waitFor();
  await shot(page, 'studio-missing');
  begun.length = 0;
  await page.getByLabel(say('upload.drop.folder')).setInputFiles(card);
  await through(person, 12);
  assert.ok(begun.length <= 12 - received, `${begun} were sent, ${received} were there`);
  await indexed(person, event, 12);
  await page.reload();
  await page.locator('.tile').first().waitFor();
  assert.equal(await missing.count(), 0);
});

scenario('five thousand files need only the lines that fit', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const { page, say } = person;
  await openEvent(person);
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    for (let at = 0; at < 5000; at += 1) transfer.items.add(new File(['no picture'], `note ${at}.txt`));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  });
  await tray(page).waitFor();
  await until(async () => await tray(page).locator('.line').count() > 5, 'lines are drawn');
  assert.ok(await tray(page).locator('.line').count() < 40);
  await until(async () => (await tray(page).innerText()).includes(say('upload.refused_count.other', { count: '5,000' })),
    'all are refused', 90_000);
  await page.locator('.lines').evaluate((lines) => { lines.scrollTop = lines.scrollHeight; });
  await tray(page).getByText('note 4999.txt').waitFor();
  assert.ok(await tray(page).locator('.line').count() < 40);
});

/** Drops files with these names onto the page, all with the same bytes. */
const drop = async ({ page }, names) => page.evaluate(([all, content]) => {
  const transfer = new DataTransfer();
  for (const name of all) transfer.items.add(new File([new Uint8Array(content)], name, { type: 'image/jpeg' }));
  document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
}, [names, [...await readFile(sample('photos/DSC_0102.jpg'))]]);

scenario('files whose card is gone are rejected, and the others go on', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const event = await openEvent(person);
  await person.page.evaluate(() => {
    const { slice } = Blob.prototype;
    Blob.prototype.slice = function cut(...range) {
      const piece = slice.apply(this, range);
      if (this.name?.startsWith('gone')) {
        piece.arrayBuffer = () => Promise.reject(new DOMException('the card is gone', 'NotReadableError'));
      }
      return piece;
    };
  });
  await drop(person, ['gone 1.jpg', 'gone 2.jpg', 'gone 3.jpg', 'gone 4.jpg', 'there.jpg']);
  await through(person, 1);
  await tray(person.page).getByText(person.say('upload.refused_count.other', { count: '4' })).waitFor();
  await tray(person.page).getByText(person.say('upload.unreadable')).first().waitFor();
  await indexed(person, event, 1);
  assert.deepEqual(await names(person, event), ['there.jpg']);
});

scenario('a folder that cannot be read completely is reported', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const { page, say } = person;
  const event = await openEvent(person);
  await page.evaluate((content) => {
    const good = { name: 'good.jpg', isFile: true, file: (done) => done(new File([new Uint8Array(content)], 'good.jpg', { type: 'image/jpeg' })) };
    const bad = { name: 'bad.jpg', isFile: true, file: (_, failed) => failed(new DOMException('no', 'NotReadableError')) };
    const parts = [[good, bad]];
    const readEntries = (done, failed) => (parts.length ? done(parts.pop()) : failed(new DOMException('no', 'NotReadableError')));
    const folder = { name: 'card', isDirectory: true, createReader: () => ({ readEntries }) };
    const transfer = { types: ['Files'], items: [{ kind: 'file', webkitGetAsEntry: () => folder }] };
    const event = new Event('drop', { bubbles: true, cancelable: true });
    document.body.dispatchEvent(Object.assign(event, { dataTransfer: transfer }));
  }, [...await readFile(sample('photos/DSC_0102.jpg'))]);
  await page.getByText(say('upload.drop.unreadable.other', { count: '2' })).waitFor();
  await indexed(person, event, 1);
});

scenario('an upload that the server no longer has starts again', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { refused: [404] });
  const { page } = person;
  const [file] = photos(103);
  const { length } = await readFile(file);
  const gone = { id: '0'.repeat(32), file_name: 'DSC_0103.jpg', size_bytes: length, offset: 9, expires_at: '2040-01-01T00:00:00Z' };
  await page.route(/\/uploads$/, (route) => (route.request().method() === 'GET'
    ? route.fulfill({ json: { items: [gone] } }) : route.fallback()));
  const event = await openEvent(person);
  await page.locator('.unfinished').waitFor();
  const asked = page.waitForResponse((response) => response.request().method() === 'HEAD');
  await give(person, [file]);
  assert.equal((await asked).status(), 404);
  await through(person, 1);
  await indexed(person, event, 1);
});

scenario('files of an event deleted meanwhile are rejected, those of another go on', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { refused: [404] });
  const { page, say } = person;
  const event = await openEvent(person);
  const files = await Promise.all([1, 2, 3, 4, 5].map((at) => largePhoto(program, photos(101)[0], `LARGE_${at}.jpg`, 9 << 20)));
  await slow(person, 4 << 20);
  await give(person, files);
  await until(async () => (await progress(person, event)).uploads > 0, 'an upload has begun');
  await ask(person, `/events/${event.id}`, { method: 'DELETE' });
  await tray(page).getByText(say('upload.refused_count.other', { count: '5' })).waitFor();
  await tray(page).getByText(say('error.event.not_found')).first().waitFor();
  const other = await openEvent(person, { name: 'Sari & Budi' });
  await give(person, photos(102));
  await indexed(person, other, 1);
});

scenario('on a low screen the tray hides nothing for good', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { viewport: { width: 1280, height: 560 } });
  const { page, say } = person;
  const event = await openEvent(person);
  // One photo under seven names.
  await drop(person, Array.from({ length: 7 }, (_, at) => `copy ${at}.jpg`));
  await through(person, 7);
  await indexed(person, event, 1);
  await page.locator('.tile img').first().waitFor();
  // Playwright scrolls, and clicks only what nothing covers.
  await page.getByLabel(say('studio.sort.label')).click({ trial: true, timeout: 5000 });
  await page.getByRole('button', { name: say('studio.select_all') }).click({ timeout: 5000 });
  await shot(page, 'studio-tray');
});

scenario('waiting files are cancelled at once', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { offline: true });
  const { page, say } = person;
  const event = await openEvent(person);
  const files = await Promise.all([1, 2, 3, 4, 5, 6].map((at) => largePhoto(program, photos(101)[0], `LARGE_${at}.jpg`, 5 << 20)));
  await slow(person, 3 << 20);
  await give(person, files);
  await tray(page).getByText(say('upload.waiting')).first().waitFor();
  await shot(page, 'studio-uploading');
  await tray(page).getByRole('button', { name: say('upload.cancel') }).click();
  await through(person, 3);
  await indexed(person, event, 3);
});

scenario('cancelling stops folders that are still being read', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { offline: true });
  const { page, say } = person;
  const event = await openEvent(person);
  await slow(person, 1 << 20);
  await page.evaluate((content) => {
    window.folders = 0;
    const pause = (action) => setTimeout(action, 20);
    const file = (name) => ({ name, isFile: true, file: (done) => done(new File([new Uint8Array(content)], name, { type: 'image/jpeg' })) });
    const folder = (depth) => ({
      name: `folder ${depth}`,
      isDirectory: true,
      createReader() {
        window.folders += 1;
        const parts = [[file(`${depth}.jpg`), ...depth < 1000 ? [folder(depth + 1)] : []]];
        return { readEntries: (done) => pause(() => done(parts.pop() ?? [])) };
      },
    });
    const transfer = { types: ['Files'], items: [{ kind: 'file', webkitGetAsEntry: () => folder(0) }] };
    const event = new Event('drop', { bubbles: true, cancelable: true });
    document.body.dispatchEvent(Object.assign(event, { dataTransfer: transfer }));
  }, [...await readFile(await largePhoto(program, photos(101)[0], 'LARGE.jpg', 1 << 20))]);
  await tray(page).getByText(say('upload.waiting')).first().waitFor();
  await tray(page).getByRole('button', { name: say('upload.cancel') }).click();
  const folders = () => page.evaluate(() => window.folders);
  const read = await folders();
  await page.waitForTimeout(1000);
  assert.ok(read < 900 && await folders() <= read + 1, `${read} folders, then ${await folders()}`);
  await until(async () => (await progress(person, event)).uploads === 0, 'nothing is on its way');
  assert.equal(await tray(page).getByText(say('upload.waiting')).count(), 0);
});

scenario('a standard tus client can upload, also where only GET and POST get through', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const event = await openEvent(person);
  const token = await (await person.context.request.post('/auth/local', { data: LOGIN, headers: { origin: person.origin } })).json();
  const send = async (filename, overridePatchMethod) => {
    const file = await readFile(await largePhoto(program, sample('photos/DSC_0101.jpg'), filename, 3 << 20));
    await new Promise((resolve, reject) => {
      new Upload(file, {
        endpoint: `${program.origin}/events/${event.id}/uploads`,
        headers: { authorization: `Bearer ${token.access_token}` },
        metadata: { filename, filetype: 'image/jpeg' },
        chunkSize: 1 << 20,
        overridePatchMethod,
        onSuccess: resolve,
        onError: reject,
      }).start();
    });
  };
  await send('client.jpg', false);
  await send('proxied.jpg', true);
  await indexed(person, event, 2);
  assert.deepEqual(await names(person, event), ['client.jpg', 'proxied.jpg']);
});
