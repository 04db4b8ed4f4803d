// The check of the venue: what the studio finds, and a phone that reports.

import assert from 'node:assert/strict';
import { axe, fits, scenario, shot, until } from './lib.mjs';
import { photographer, readQr } from './studio.mjs';

for (const language of ['en', 'id']) {
  scenario(`the venue is checked, with a phone too (${language})`, async (world) => {
    const program = await world.program('[server]\nmdns = false\n');
    const { page, say } = await photographer(world, program, { locale: language });
    const card = page.locator('.venue');
    await card.getByRole('button', { name: say('studio.venue.check') }).click();
    await card.getByRole('button', { name: say('studio.venue.again') }).waitFor();
    for (const key of ['venue.address', 'venue.firewall', 'venue.disk', 'venue.power', 'venue.sleep']) {
      await card.getByText(say(key), { exact: true }).waitFor();
    }
    // The test's server listens on this computer alone.
    await card.getByText(say('studio.warning.local_only')).waitFor();
    await axe(page);
    await fits(page);
    await shot(page, `studio-venue-${language}`, { fullPage: true });

    const picture = card.locator('.qr img');
    let link = '';
    await until(async () => (link = await readQr(picture).catch(() => '')), 'the code is shown');
    const { pathname, hash } = new URL(link);
    assert.equal(pathname, '/venue-check');
    const phone = await world.person(program, { locale: language });
    await phone.page.goto(pathname + hash);
    await phone.page.getByText(phone.say('phone.done', { speed: '' }).split('.').at(-2).trim()).waitFor();
    await axe(phone.page);
    await fits(phone.page);
    await shot(phone.page, `venue-check-${language}`);
    await card.getByText(say('venue.clock'), { exact: true }).waitFor();

    const lost = await world.person(program, { locale: language, refused: [403] });
    await lost.page.goto(`${pathname}#k=wrong`);
    await lost.page.getByText(lost.say('error.link.invalid')).waitFor();
  });
}
