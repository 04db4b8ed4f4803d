// How guests enter: what the codes on screen and on paper contain.

import assert from 'node:assert/strict';
import { axe, fits, scenario, shot, until } from './lib.mjs';
import { ask, guest, openEvent, photographer, readQr } from './studio.mjs';

const PASSWORD = 'melati-2026';

scenario('QR codes hold the links, and an invitation admits one guest', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { permissions: ['clipboard-read', 'clipboard-write'] });
  const { page, say } = person;
  const event = await openEvent(person, { password: PASSWORD }, 'share');
  const links = await ask(person, `/events/${event.id}/sharing`);
  const code = page.locator('.share-main .qr img');
  await code.waitFor();
  assert.equal(await readQr(code), links.link);
  await page.locator('.share-main').getByText(say('studio.share.keyed')).click();
  await until(async () => await readQr(code) === links.keyed_link, 'the code carries the key');
  assert.match(links.keyed_link, /#k=/);
  await page.getByRole('button', { name: say('studio.share.copy') }).click();
  await page.getByText(say('studio.copied')).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), links.keyed_link);
  await axe(page);
  await fits(page);
  await shot(page, 'studio-share', { fullPage: true });
  await guest(world, program, event, { selfie: null, key: links.keyed_link.split('#k=')[1] });

  await page.getByRole('button', { name: say('studio.invite.show') }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('img').waitFor();
  const invitation = await readQr(dialog.locator('img'));
  assert.notEqual(invitation, links.keyed_link);
  const key = invitation.split('#k=')[1];
  await guest(world, program, event, { selfie: null, key });
  await dialog.getByText(say('studio.invite.used')).waitFor();
  const next = await until(async () => {
    const text = await readQr(dialog.locator('img'));
    return text !== invitation && text;
  }, 'a new code');
  assert.notEqual(next, invitation);
  await assert.rejects(guest(world, program, event, { selfie: null, key }), /invitation.invalid/);
});

scenario('printed sheets lead to the event', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const { page, say, context } = person;
  const event = await openEvent(person, { password: PASSWORD, photographer: 'Rina Studio' }, 'share');
  const links = await ask(person, `/events/${event.id}/sharing`);
  const set = page.locator('.print-set');
  await set.getByText(say('studio.print.sheet'), { exact: true }).click();
  await set.getByText(say('studio.print.both'), { exact: true }).click();
  await set.getByRole('textbox', { name: say('studio.print.wifi_name') }).fill('Rina & Adi; "guests"');
  await set.getByRole('textbox', { name: say('studio.print.wifi_password') }).fill('melati:2026');
  const opened = context.waitForEvent('page');
  await set.getByRole('link', { name: say('studio.print.page') }).click();
  const sheet = await opened;
  await sheet.locator('body.ready').waitFor();
  const codes = sheet.locator('.two .code');
  assert.equal(await readQr(codes.nth(0)), 'WIFI:S:Rina & Adi\\; \\"guests\\";T:WPA;P:melati\\:2026;;');
  assert.equal(await readQr(codes.nth(1)), links.keyed_link);
  // The key is only in the code, not in the printed text.
  assert.ok(!(await sheet.locator('main').innerText()).includes('#k='));
  const [indonesian, english] = [['id', 'Temukan foto Anda'], ['en', 'Find your photos']];
  for (const [lang, words] of [indonesian, english]) await sheet.locator(`.call span[lang=${lang}]`, { hasText: words }).waitFor();
  await axe(sheet);
  await shot(sheet, 'print-wifi', { fullPage: true });
  // One sheet of paper.
  const pages = (await sheet.pdf({ preferCSSPageSize: true })).toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g);
  assert.equal(pages.length, 1);
  for (const [layout, count] of [['poster', 2], ['cards', 16]]) {
    await sheet.goto('about:blank');
    await sheet.goto(`${person.origin}/studio/print#event=${event.id}&layout=${layout}&locale=id&keyed=false`);
    await sheet.locator('body.ready').waitFor();
    assert.equal(await sheet.locator('.code').count(), count);
    assert.equal(await readQr(sheet.locator('.code').first()), links.link);
    await sheet.getByText('Tanyakan kata sandinya').first().waitFor();
    await shot(sheet, `print-${layout}`, { fullPage: true });
  }
});

scenario('the print page requires signing in', async (world) => {
  const program = await world.program();
  const { page, say } = await world.person(program, { device: 'desktop', refused: [401] });
  await page.goto('/studio/print#event=1&layout=poster&locale=id');
  await page.getByText(say('print.refused')).waitFor();
  await axe(page);
});
