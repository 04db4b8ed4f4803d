// Guests of the sample event, shared by several files of scenarios.

import { SELFIES, photos } from './lib.mjs';

export const PARTY = photos(101, 102, 103, 104, 105, 106, 107, 110);
/** So many of them show Grace Hopper. */
export const OF_GRACE = 5;

export const choose = (page, file) => page.locator('input[type=file]').last().setInputFiles(file);

/** Goes through the consent to the results. */
export async function findMyself({ page, say }, event, selfie = SELFIES.grace) {
  await page.goto(event.path);
  await page.getByRole('button', { name: say('consent.agree') }).click();
  await page.getByRole('heading', { name: say('selfie.title') }).waitFor();
  await choose(page, selfie);
  await page.getByRole('button', { name: say('choose.begin') }).waitFor();
}
