// HTTPS by the server itself, with the certificate of a generated authority that the browser trusts.

import assert from 'node:assert/strict';
import { X509Certificate, createHash } from 'node:crypto';
import { basename } from 'node:path';
import { SELFIES, axe, fits, photos, scenario, shot } from './lib.mjs';
import { PARTY, choose, findMyself } from './guest.mjs';

const CONFIG = '[https]\nauthority = true\n';

/** What a browser is told to trust: the authority's key. */
async function trusted(program) {
  const file = await fetch(`${program.origin}/certificate.crt`);
  const { publicKey } = new X509Certificate(Buffer.from(await file.arrayBuffer()));
  return createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
}

scenario('with HTTPS the live camera works at a name of the local network', async (world) => {
  const program = await world.program(CONFIG);
  const event = await program.event('Rina & Adi', { photos: photos(102) });
  const person = await world.person(program, { trusting: await trusted(program), refused: [400] });
  const { page, context, say } = person;
  await page.goto(event.path);
  const found = await page.evaluate(() => ({
    secure: isSecureContext, camera: Boolean(navigator.mediaDevices), share: typeof navigator.canShare,
    protocol: performance.getEntriesByType('navigation')[0].nextHopProtocol,
  }));
  assert.deepEqual([found.secure, found.camera, found.protocol], [true, true, 'h2']);
  await page.getByRole('button', { name: say('consent.agree') }).click();
  await page.getByRole('button', { name: say('selfie.take') }).click();
  await page.waitForFunction(() => document.querySelector('video')?.videoWidth > 0);
  await shot(page, 'https-camera');
  await page.getByRole('button', { name: say('selfie.cancel') }).click();
  await choose(page, SELFIES.grace);
  await page.getByRole('heading', { name: say('results.found.one', { count: 1 }) }).waitFor();
  // News come by a stream beside everything else.
  await page.getByText(say('live.on')).waitFor();
  const cookies = await context.cookies();
  assert.ok(cookies.length > 0 && cookies.every(({ secure }) => secure), JSON.stringify(cookies));
  return `navigator.canShare is ${found.share} in this browser`;
});

for (const locale of ['en', 'id']) {
  scenario(`a page explains what installing the authority's certificate means (${locale})`, async (world) => {
    const program = await world.program(CONFIG);
    const { page, say } = await world.person(program, { locale, secure: false });
    await page.goto('/certificate');
    await page.getByRole('heading', { name: say('certificate.title') }).waitFor();
    await axe(page);
    await fits(page);
    await shot(page, `certificate-${locale}`);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: say('certificate.download') }).click(),
    ]);
    assert.equal(file.suggestedFilename(), 'fotota.crt');
  });
}

scenario('with HTTPS the page of an event can be installed as an app', async (world) => {
  const program = await world.program(CONFIG);
  const event = await program.event('Rina & Adi', { photos: photos(102) });
  const { page, context, origin } = await world.person(program, { trusting: await trusted(program) });
  await page.goto(event.path);
  const session = await context.newCDPSession(page);
  const { url, errors, data } = await session.send('Page.getAppManifest');
  assert.deepEqual([url, errors], [`${origin}${event.path}/app.webmanifest`, []]);
  const { name, start_url: start, icons } = JSON.parse(data);
  assert.deepEqual([name, start, icons.length], ['Rina & Adi', event.path, 3]);
  // Browsers install nothing from private windows, which tests are.
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  assert.deepEqual(installabilityErrors.map(({ errorId }) => errorId), ['in-incognito']);
});

/** A phone with a share sheet, which keeps what it gets. */
function withShareSheet() {
  const shared = globalThis.shared = [];
  navigator.canShare = ({ files }) => files.every((file) => file instanceof File);
  navigator.share = async ({ files }) => {
    shared.push(await Promise.all(files.map(async (file) => {
      const { width } = await createImageBitmap(file);
      return { name: file.name, type: file.type, width };
    })));
  };
}

scenario('with HTTPS photos go to the share sheet, one or several', async (world) => {
  const program = await world.program(CONFIG);
  const event = await program.event('Rina & Adi', { photos: PARTY });
  const person = await world.person(program, { trusting: await trusted(program) });
  const { page, say } = person;
  await page.addInitScript(withShareSheet);
  await findMyself(person, event);
  await page.locator('.tile').first().click();
  await page.getByRole('dialog').getByRole('button', { name: say('photo.share') }).click();
  await page.waitForFunction(() => globalThis.shared.length === 1);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: say('choose.begin') }).click();
  for (const place of [0, 1]) await page.locator('.tile').nth(place).click();
  await page.getByRole('region').getByRole('button', { name: say('photo.share') }).waitFor();
  await axe(page);
  await fits(page);
  await shot(page, 'https-share');
  await page.getByRole('region').getByRole('button', { name: say('photo.share') }).click();
  await page.waitForFunction(() => globalThis.shared.length === 2);
  const [[one], several] = await page.evaluate(() => globalThis.shared);
  const names = PARTY.map((file) => basename(file));
  assert.equal(several.length, 2);
  assert.notEqual(several[0].name, several[1].name);
  for (const { name, type, width } of [one, ...several]) {
    assert.ok(names.includes(name) && width > 0, `${name}, ${width}`);
    assert.equal(type, 'image/jpeg');
  }
});

scenario('without HTTPS the page offers the download alone', async (world) => {
  const program = await world.program(CONFIG);
  const event = await program.event('Rina & Adi', { photos: PARTY });
  const person = await world.person(program, { secure: false });
  const { page, say } = person;
  await findMyself(person, event);
  await page.locator('.tile').first().click();
  const box = page.getByRole('dialog');
  await box.getByRole('link', { name: say('photo.download') }).waitFor();
  assert.equal(await box.getByRole('button', { name: say('photo.share') }).count(), 0);
});
