// Users: they create an account, sign in, save a selfie, and delete it all.

import assert from 'node:assert/strict';
import { SELFIES, axe, fits, photos, sample, scenario, shot } from './lib.mjs';

const OPEN = '[accounts]\nregistration = "open"\n';

async function register({ page, say }, login = 'rina') {
  await page.getByRole('button', { name: say('account.register.instead') }).click();
  await page.getByLabel(say('account.login')).fill(login);
  await page.getByLabel(say('account.password.new')).fill('correct horse');
  await page.getByRole('button', { name: say('account.register'), exact: true }).click();
}

for (const [locale, device, colour] of [['en', 'phone', 'light'], ['id', 'desktop', 'dark']]) {
  scenario(`an account is created, used and deleted (${locale}, ${device}, ${colour})`, async (world) => {
    const program = await world.program(OPEN);
    const person = await world.person(program, { locale, device, colour, refused: [400] });
    const { page, say } = person;
    await page.goto('/account');
    await page.getByLabel(say('account.login')).waitFor();
    assert.equal(await page.getByText(say('account.google')).count(), 0);
    await axe(page);
    await fits(page);
    await shot(page, `account-${device}-${colour}-${locale}`);
    await register(person);
    await page.getByRole('heading', { name: say('account.hello', { name: 'rina' }) }).waitFor();
    await page.getByLabel(say('account.selfie.store')).setInputFiles(SELFIES.grace);
    await page.getByText(say('account.selfie.stored')).waitFor();
    await page.getByRole('img', { name: say('account.selfie') }).waitFor();
    await axe(page);
    await fits(page);
    await shot(page, `account-in-${device}-${colour}-${locale}`, { fullPage: true });
    await page.getByLabel(say('account.selfie.replace')).setInputFiles(sample('photos/DSC_0108.jpg'));
    await page.getByText(say('error.selfie.several_faces')).waitFor();
    // The selfie before stays.
    await page.reload();
    await page.getByRole('img', { name: say('account.selfie') }).waitFor();
    assert.equal(await page.getByText(say('error.selfie.several_faces')).count(), 0);
    await page.getByRole('button', { name: say('account.selfie.delete') }).click();
    await page.getByText(say('account.selfie.deleted')).waitFor();
    await page.reload();
    await page.getByLabel(say('account.selfie.store')).waitFor();
    const erase = page.getByRole('button', { name: say('account.delete') });
    assert.equal(await erase.isDisabled(), true);
    await page.getByLabel(say('account.delete.confirm', { word: say('account.delete.word') })).fill(say('account.delete.word'));
    await erase.click();
    await page.getByText(say('account.delete.done')).waitFor();
    await page.getByLabel(say('account.login')).waitFor();
  });
}

scenario('wrong passwords are rejected, and signing out ends the session', async (world) => {
  const program = await world.program();
  await program.user('rina');
  const { page, say } = await world.person(program, { refused: [401] });
  await page.goto('/account');
  await page.getByText(say('account.register.closed')).waitFor();
  await page.getByLabel(say('account.login')).fill('rina');
  await page.getByLabel(say('account.password')).fill('wrong horse');
  await page.getByRole('button', { name: say('account.sign_in'), exact: true }).click();
  await page.getByRole('alert').getByText(say('error.auth.wrong')).waitFor();
  await page.getByLabel(say('account.password')).fill('correct horse');
  await page.getByRole('button', { name: say('account.sign_in'), exact: true }).click();
  await page.getByRole('button', { name: say('account.sign_out') }).click();
  await page.getByLabel(say('account.login')).waitFor();
  await page.reload();
  await page.getByLabel(say('account.login')).waitFor();
});

scenario('signing in never leads to another site', async (world) => {
  const program = await world.program();
  await program.user('rina');
  for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/%09/evil.example']) {
    const { page, say, context } = await world.person(program);
    await page.goto(`/account?next=${encodeURIComponent(next)}`);
    await page.getByLabel(say('account.login')).fill('rina');
    await page.getByLabel(say('account.password')).fill('correct horse');
    await page.getByRole('button', { name: say('account.sign_in'), exact: true }).click();
    await page.getByRole('heading', { name: say('account.hello', { name: 'rina' }) }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/account');
    await context.close();
  }
});

scenario('favourites can be viewed and removed', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: photos(101, 102) });
  await program.user('rina');
  const { page, say } = await world.person(program);
  await page.goto('/account');
  await page.getByLabel(say('account.login')).fill('rina');
  await page.getByLabel(say('account.password')).fill('correct horse');
  await page.getByRole('button', { name: say('account.sign_in'), exact: true }).click();
  await page.getByText(say('account.collection.none')).waitFor();
  await page.goto(`${event.path}#all`);
  await page.locator('.squares .tile').first().click();
  await page.getByRole('dialog').getByRole('button', { name: say('photo.save') }).click();
  await page.getByText(say('saved.added')).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: say('tabs.saved') }).click();
  await page.getByText(say('saved.kept.one', { count: 1 })).waitFor();
  await page.goto('/account');
  await page.locator('.photos .tile.there').click();
  await page.waitForFunction(() => document.querySelector('.stage figure:not([inert]) img:nth-child(2).there'));
  await axe(page);
  await page.getByRole('dialog').getByRole('button', { name: say('account.remove') }).click();
  await page.getByText(say('account.collection.none')).waitFor();
});

scenario('the selfie of an account finds photos at an event, and its favourites come into the account', async (world) => {
  const program = await world.program(OPEN);
  const event = await program.event('Rina & Adi', { photos: photos(101, 102) });
  const person = await world.person(program);
  const { page, say } = person;
  await page.goto(event.path);
  await page.getByRole('button', { name: say('consent.agree') }).click();
  await page.getByRole('heading', { name: say('selfie.title') }).waitFor();
  await page.goto('/account');
  await register(person);
  await page.getByLabel(say('account.selfie.store')).setInputFiles(SELFIES.grace);
  await page.getByText(say('account.selfie.stored')).waitFor();
  await page.goto(event.path);
  await page.getByRole('button', { name: say('selfie.stored') }).click();
  await page.getByRole('button', { name: say('choose.begin') }).waitFor();
  await shot(page, 'stored-selfie');
  await page.locator('.photos .tile').first().click();
  await Promise.all([
    page.waitForResponse((response) => response.url().endsWith('/keep') && response.ok()),
    page.getByRole('dialog').getByRole('button', { name: say('photo.save') }).click(),
  ]);
  await page.goto('/account');
  await page.locator('.photos .tile.there').waitFor();
  await page.getByRole('link', { name: 'Rina & Adi' }).waitFor();
});
