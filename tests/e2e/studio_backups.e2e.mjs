// Regular backups on a second disk that comes and goes.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { axe, fits, scenario, shot } from './lib.mjs';
import { openEvent, photographer } from './studio.mjs';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

for (const [locale, options] of [['en', {}], ['id', PHONE]]) {
  scenario(`the studio says when the second disk is not there (${locale})`, async (world) => {
    const folder = await mkdtemp(join(tmpdir(), 'fotota-disk-'));
    const disk = join(folder, 'backup');
    const program = await world.program(`[backup]\nfolder = '${disk}'\n`);
    const person = await photographer(world, program, { locale, ...options });
    const { page, say } = person;
    await openEvent(person, {}, 'live');
    const row = page.locator('.facts div').filter({ hasText: say('studio.live.backups') }).locator('dd');
    const before = (key) => say(key).split('{')[0];
    await row.filter({ hasText: before('studio.backup.away') }).waitFor();
    await row.filter({ hasText: say('studio.backup.never') }).waitFor();
    await row.scrollIntoViewIfNeeded();
    await shot(page, `studio-backups-away-${locale}`, { fullPage: true });
    await program.run('backup', disk);
    await page.waitForTimeout(6000);
    // The page asks every half minute, and when it is opened.
    await page.reload();
    await row.filter({ hasText: before('studio.backup.last') }).waitFor();
    await axe(page);
    await fits(page, `studio-backups-${locale}`);
    await shot(page, `studio-backups-${locale}`, { fullPage: true });
    await rm(folder, { recursive: true });
  });
}
