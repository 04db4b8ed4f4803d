// Every view of the studio, light and dark, in both languages, on a laptop, a tablet and a phone: accessible, and not
// wider than the screen.

import { axe, fits, photos, scenario, shot } from './lib.mjs';
import { indexed, openEvent, photographer } from './studio.mjs';

const LAPTOP = { viewport: { width: 1280, height: 800 } };
const TABLET = { viewport: { width: 820, height: 1180 }, hasTouch: true };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };
const KINDS = [
  ['laptop-light', 'en', 'light', LAPTOP], ['laptop-dark', 'id', 'dark', LAPTOP],
  ['tablet-light', 'id', 'light', TABLET], ['tablet-dark', 'en', 'dark', TABLET], ['phone-light', 'id', 'light', PHONE],
];

for (const [kind, locale, colour, options] of KINDS) {
  scenario(`every view fits and is accessible (${kind})`, async (world) => {
    const program = await world.program();
    const person = await photographer(world, program, { locale, colour, ...options });
    const { page, say } = person;
    const check = async (name, more = {}) => {
      // Opening animations have ended.
      await page.waitForTimeout(400);
      await axe(page);
      await fits(page, `studio-${kind}-${name}`);
      await shot(page, `studio-${kind}-${name}`, more);
    };
    await page.locator('.checklist').waitFor();
    await check('first');
    await page.goto('/studio#/new');
    await page.getByLabel(say('studio.form.name'), { exact: true }).waitFor();
    await check('new', { fullPage: true });
    const event = await openEvent(person, { password: 'melati-2026', photographer: 'Rina Studio' });
    await page.locator('.drop.large').waitFor();
    await check('empty');
    await program.import(event, photos(101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112));
    await indexed(person, event, 12);
    await page.locator('.tile').nth(11).waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll('.tile img')].every((image) => image.naturalWidth));
    await check('photos');
    await page.locator('.tile', { hasText: 'DSC_0106.jpg' }).locator('.caption').click();
    await page.locator('.face').first().waitFor();
    await check('photo');
    await page.locator('.face').first().click();
    await page.locator('#person-title').waitFor();
    await check('person');
    await page.keyboard.press('Escape');
    await page.goto(`/studio#/events/${event.id}/people`);
    await page.getByRole('button', { name: say('studio.people.on') }).click();
    await page.getByText(say('studio.people.others_hint')).waitFor();
    await check('people', { fullPage: true });
    for (const [tab, ready] of [['sources', '.kinds'], ['live', '.figures'], ['share', '.share-main img'], ['wall', '.wall-tile'], ['settings', '.choice']]) {
      await page.goto(`/studio#/events/${event.id}/${tab}`);
      await page.locator(ready).first().waitFor();
      await check(tab, { fullPage: true });
    }
    await page.locator('.brand').click();
    await page.locator('.event-card').waitFor();
    await check('events');
    await page.getByRole('button', { name: say('studio.sign_out') }).click();
    await page.getByRole('heading', { name: say('studio.sign_in.title') }).waitFor();
    await check('sign-in');
  });
}
