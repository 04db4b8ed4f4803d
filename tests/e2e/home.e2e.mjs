// The home page, for visitors without a link.

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
