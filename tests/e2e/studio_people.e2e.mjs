// The people of an event in the studio: off until turned on, named, corrected, looked for.

import assert from 'node:assert/strict';
import { SELFIES, axe, photos, scenario, shot, until } from './lib.mjs';
import { ask, indexed, openEvent, photographer } from './studio.mjs';

const TEN = photos(101, 102, 103, 104, 105, 106, 107, 108, 109, 110);

async function withPeople(world, options) {
  const program = await world.program();
  const person = await photographer(world, program, options);
  const event = await openEvent(person, {}, 'people');
  await program.import(event, TEN);
  await indexed(person, event, TEN.length);
  return { program, person, event };
}

const list = async (person, event) => (await ask(person, `/events/${event.id}/people`));
const cards = ({ page }) => page.locator('.strip').last().locator('.person');

scenario('faces are grouped only when the photographer turns that on, and names go when it is turned off', async (world) => {
  const { person, event } = await withPeople(world);
  const { page, say } = person;
  await page.getByText(say('studio.people.law')).waitFor();
  await axe(page);
  await shot(page, 'studio-people-off');
  assert.equal((await list(person, event)).on, false);
  await page.getByRole('button', { name: say('studio.people.on') }).click();
  await until(async () => await cards(person).count() === 2, 'both people are there');
  await page.getByText(say('studio.people.others_hint')).waitFor();
  await axe(page);
  await shot(page, 'studio-people');
  await cards(person).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('.person-photos img').first().waitFor();
  await axe(page);
  await shot(page, 'studio-people-person');
  await dialog.getByRole('button', { name: say('studio.people.rename'), exact: true }).click();
  await page.getByRole('textbox', { name: say('studio.people.name') }).fill('Grace');
  await axe(page);
  await page.getByRole('button', { name: say('studio.people.save'), exact: true }).click();
  await dialog.getByRole('heading', { name: 'Grace' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.strip').first().getByText('Grace').waitFor();
  await until(async () => (await list(person, event)).people.length === 2, 'the named group is listed once');
  await page.getByRole('button', { name: say('studio.people.off') }).click();
  await page.getByRole('dialog').getByRole('button', { name: say('studio.people.off') }).click();
  await page.getByText(say('studio.people.law')).waitFor();
  await page.getByRole('button', { name: say('studio.people.on') }).click();
  await until(async () => await cards(person).count() === 2, 'the groups are back');
  assert.ok((await list(person, event)).people.every(({ name }) => name === null), 'without names');
});

scenario('people are corrected: not this one, somebody else, the same after all', async (world) => {
  const { person, event } = await withPeople(world);
  const { page, say } = person;
  await page.getByRole('button', { name: say('studio.people.on') }).click();
  await until(async () => await cards(person).count() === 2, 'both people are there');
  const before = (await list(person, event)).people[0].photos;
  assert.ok(before > 2);
  await cards(person).first().click();
  const dialog = page.getByRole('dialog').first();
  const ticks = dialog.locator('.person-photos').first().getByRole('checkbox');
  await until(async () => await ticks.count() === before, 'all their photos are there');
  await ticks.nth(before - 1).uncheck();
  await dialog.getByRole('button', { name: say('studio.people.split'), exact: true }).click();
  await page.getByRole('textbox', { name: say('studio.people.name') }).fill('Twin');
  await page.getByRole('button', { name: say('studio.people.save'), exact: true }).click();
  await until(async () => await ticks.count() === before - 1, 'the face is somebody else’s');
  await page.keyboard.press('Escape');
  await page.locator('.person', { hasText: 'Twin' }).click();
  await page.getByRole('button', { name: say('studio.people.same') }).click();
  const choices = page.getByRole('dialog').last().locator('.person');
  await choices.first().waitFor();
  await axe(page);
  await shot(page, 'studio-people-same');
  // The one it was taken from comes first: it is known too by now.
  const { people } = await list(person, event);
  const known = people.filter(({ id }) => id);
  assert.deepEqual(known.map(({ photos }) => photos).sort(), [1, before - 1]);
  await choices.nth(people.filter(({ name }) => name !== 'Twin').findIndex(({ id }) => id)).click();
  await until(async () => (await list(person, event)).people.some(({ name, photos }) => name === 'Twin' && photos === before),
    'the two are one again');
});

scenario('someone who must not be missing is looked for by a portrait', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { refused: [400] });
  const { page, say } = person;
  const event = await openEvent(person, {}, 'people');
  await page.getByRole('button', { name: say('studio.people.on') }).click();
  await page.getByRole('button', { name: say('studio.people.add') }).click();
  await page.getByRole('textbox', { name: say('studio.people.name') }).fill('Grandma <b>');
  await page.getByLabel(say('studio.people.portrait')).setInputFiles(SELFIES.grace);
  await axe(page);
  await page.getByRole('button', { name: say('studio.people.save'), exact: true }).click();
  const card = page.locator('.person', { hasText: 'Grandma <b>' });
  await card.getByText(say('studio.people.missing')).waitFor();
  await axe(page);
  await shot(page, 'studio-people-missing');
  await program.import(event, TEN);
  await indexed(person, event, TEN.length);
  await card.locator('img').waitFor();
  await until(async () => !(await card.innerText()).includes(say('studio.people.missing')), 'she has been photographed');
});
