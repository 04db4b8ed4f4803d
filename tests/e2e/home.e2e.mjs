// The home page, for visitors without a link.

import assert from 'node:assert/strict';
import { axe, fits, scenario, shot } from './lib.mjs';

for (const locale of ['en', 'id']) {
  scenario(`the home page explains how to get a link (${locale})`, async (world) => {
    const program = await world.program();
    const { page, say } = await world.person(program, { locale });
    await page.goto('/');
    await page.getByText(say('home.hint')).waitFor();
    await axe(page);
    await fits(page);
    await shot(page, `home-${locale}`);
  });
}

for (const locale of ['en', 'id']) {
  scenario(`an event's link on a phone tries the app and goes on to the gallery (${locale})`, async (world) => {
    const program = await world.program('[server]\ndeep_link_base_url = "fotota-test://events"\n');
    const event = await program.event('Rina & Adi');
    const userAgent = 'Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/146.0 Mobile Safari/537.36';
    const person = await world.person(program, { locale, userAgent });
    const { page, say } = person;
    // The gallery waits until the page was looked at.
    let go;
    const looked = new Promise((done) => { go = done; });
    await page.route(`**${event.path}`, async (route) => {
      await looked;
      await route.continue();
    });
    await page.goto(`/r/${event.share_code}`, { waitUntil: 'commit' });
    const app = page.getByRole('link', { name: say('app.open') });
    assert.equal(await app.getAttribute('href'), `fotota-test://events/${event.id}`);
    await page.getByRole('link', { name: say('app.browser') }).waitFor();
    await axe(page);
    await fits(page);
    await shot(page, `app-${locale}`);
    go();
    await page.waitForURL(`**${event.path}`);
    // No app here opens such a link.
    person.problems = person.problems.filter((problem) => !problem.includes('fotota-test:'));
  });
}
