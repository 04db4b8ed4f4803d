// The ends of an event: its faces first, the page that says so to guests, and the record of what was erased.

import assert from 'node:assert/strict';
import { axe, fits, photos, scenario, shot, until } from './lib.mjs';
import { ask, indexed, photographer } from './studio.mjs';

scenario('faces end before the photos, guests read it, and the record says what was erased', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const { page, say } = person;
  await page.goto('/studio#/new');
  await page.getByLabel(say('studio.form.name'), { exact: true }).fill('Rina & Adi');
  await page.getByLabel(say('studio.form.end'), { exact: true }).waitFor();
  await page.getByLabel(say('studio.form.faces.end')).waitFor();
  await axe(page);
  await fits(page, 'studio-ends-form');
  await page.getByRole('button', { name: say('studio.new.create') }).click();
  await page.getByRole('heading', { level: 1, name: 'Rina & Adi' }).waitFor();
  const [event] = await ask(person, '/events/my-events');
  const days = (Date.parse(event.faces_delete_at) - Date.now()) / 86_400_000;
  assert.ok(days > 13 && days < 16, `${days} days`);
  await program.import(event, photos(101, 102));
  await indexed(person, event, 2);

  // The day has come: the janitor cleans up when the server starts.
  const json = { faces_delete_at: new Date(Date.now() + 1500).toISOString() };
  await ask(person, `/events/${event.id}`, { method: 'PUT', json });
  await page.goto('about:blank');
  await program.stop();
  await until(() => Date.now() > Date.parse(json.faces_delete_at) + 1000, 'the day has come');
  await program.serve();
  await page.goto(`/studio#/events/${event.id}/settings`);
  await page.getByText(say('studio.event.faces_ended')).waitFor();
  assert.equal(await page.getByLabel(say('studio.form.faces.end')).count(), 0);

  const visitor = await world.person(program, { device: 'small', locale: 'id' });
  await visitor.page.goto(`/e/${event.share_code}`);
  await visitor.page.getByRole('heading', { name: visitor.say('ended.title') }).waitFor();
  await axe(visitor.page);
  await fits(visitor.page, 'guest-ended');
  await shot(visitor.page, 'guest-ended');
  await visitor.page.getByRole('link', { name: visitor.say('results.browse') }).click();
  await until(async () => await visitor.page.locator('.tile').count() === 2, 'the photos are there');

  await visitor.page.goto('about:blank');
  await page.goto('about:blank');
  await ask(person, `/events/${event.id}`, { method: 'DELETE' });
  await page.goto('/studio');
  await page.getByRole('link', { name: say('studio.erased.title') }).click();
  await page.getByText(say('studio.erased.faces', { name: 'Rina & Adi' })).waitFor();
  await page.getByText(say('studio.erased.event', { name: 'Rina & Adi' })).waitFor();
  await page.getByText(say('studio.erased.sound')).waitFor();
  await axe(page);
  await fits(page, 'studio-erasures');
  await shot(page, 'studio-erasures');
});
