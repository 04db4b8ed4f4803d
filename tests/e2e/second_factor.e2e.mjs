// Two-step verification and the audit log, as photographers meet them.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { axe, fits, scenario, shot } from './lib.mjs';
import { LOGIN, photographer } from './studio.mjs';

/** What an authenticator app shows (RFC 6238), from the key that people type. */
function appCode(key) {
  const bits = [...key].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'));
  const bytes = bits.join('').match(/.{8}/g).map((byte) => Number.parseInt(byte, 2));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac('sha1', Buffer.from(bytes)).update(step).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

for (const [locale, device, colour] of [['en', 'desktop', 'light'], ['id', 'phone', 'dark']]) {
  scenario(`two-step verification is set up and asked for (${locale}, ${device}, ${colour})`, async (world) => {
    const program = await world.program();
    const person = await photographer(world, program, { locale, device, colour, refused: [403] });
    const { page, say } = person;
    const look = async (name) => {
      await axe(page);
      await fits(page);
      await shot(page, `${name}-${device}-${colour}-${locale}`, { fullPage: true });
    };
    await page.getByRole('link', { name: say('studio.your_account') }).last().click();
    await page.getByRole('heading', { name: say('account.second_factor') }).waitFor();
    await page.getByLabel(say('account.password')).fill(LOGIN.password);
    await page.getByRole('button', { name: say('account.second_factor.begin') }).click();
    await page.getByRole('img', { name: say('account.second_factor.qr') }).waitFor();
    await look('second-factor-scan');
    const key = await page.locator('.secret').textContent();
    await page.getByLabel(say('account.second_factor.code')).fill('000');
    await page.getByRole('button', { name: say('account.second_factor.confirm') }).click();
    await page.getByText(say('error.auth.second_factor_wrong')).waitFor();
    await page.getByLabel(say('account.second_factor.code')).fill(appCode(key));
    await page.getByRole('button', { name: say('account.second_factor.confirm') }).click();
    await page.getByText(say('account.second_factor.keep')).waitFor();
    const codes = await page.locator('.codes code').allTextContents();
    assert.equal(codes.length, 10);
    await look('second-factor-on');
    await page.getByRole('button', { name: say('account.sign_out') }).click();
    await page.getByLabel(say('account.login')).waitFor();

    await page.goto('/studio');
    await page.getByLabel(say('studio.sign_in.login')).fill(LOGIN.login);
    await page.getByLabel(say('studio.sign_in.password')).fill(LOGIN.password);
    await page.getByRole('button', { name: say('studio.sign_in.enter') }).click();
    const asked = page.getByLabel(say('studio.sign_in.code'));
    await asked.waitFor();
    await look('studio-code');
    // The password need not be typed again.
    await asked.fill(codes[0]);
    await page.getByRole('button', { name: say('studio.sign_in.enter') }).click();
    await page.getByRole('heading', { level: 1, name: say('studio.events.title') }).waitFor();

    await page.getByRole('link', { name: say('studio.audit.title') }).click();
    await page.getByRole('cell', { name: say('studio.audit.second_factor.on'), exact: true }).waitFor();
    await page.getByText(say('studio.audit.account.create')).waitFor();
    await look('studio-audit');
    // A page of its own in the browser's history.
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: say('studio.events.title') }).waitFor();

    await page.goto('/account');
    await page.locator('summary', { hasText: say('account.second_factor.remove') }).click();
    const form = page.locator('details[open] form');
    await form.getByLabel(say('account.password')).fill(LOGIN.password);
    await form.getByLabel(say('account.second_factor.any_code')).fill(codes[1]);
    await form.getByRole('button', { name: say('account.second_factor.remove') }).click();
    await page.getByText(say('account.second_factor.removed')).waitFor();
    await page.getByRole('button', { name: say('account.second_factor.begin') }).waitFor();
  });
}
