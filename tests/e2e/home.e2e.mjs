// The first page, for somebody who has no link yet.

import { axe, fits, scenario, shot } from './lib.mjs';

for (const locale of ['en', 'id']) {
  scenario(`somebody without a link learns how to get one (${locale})`, async (world) => {
    const program = await world.program();
    const { page, say } = await world.person(program, { locale });
    await page.goto('/');
    await page.getByText(say('home.hint')).waitFor();
    await axe(page);
    await fits(page);
    await shot(page, `home-${locale}`);
  });
}
