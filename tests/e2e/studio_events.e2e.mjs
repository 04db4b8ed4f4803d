// Events in the studio: setup, creating, changing, closing and deleting.

import assert from 'node:assert/strict';
import { axe, fits, photos, scenario, shot, until } from './lib.mjs';
import { LOGIN, ask, guest, indexed, openEvent, photographer } from './studio.mjs';

scenario('the setup link leads to the studio, the checklist to the first search', async (world) => {
  const program = await world.program();
  const person = await world.person(program, { device: 'desktop', locale: 'id', refused: [401] });
  const { page, say } = person;
  await page.goto('/studio');
  await page.getByText(say('studio.sign_in.first')).waitFor();
  await page.goto(program.setup.replace(program.origin, ''));
  await page.getByLabel(say('setup.login')).fill(LOGIN.login);
  await page.getByLabel(say('setup.password')).fill(LOGIN.password);
  await page.getByRole('button', { name: say('setup.create') }).click();
  await page.locator('a[href="/studio"]').click();
  const list = page.locator('.checklist');
  await list.waitFor();
  await axe(page);
  await shot(page, 'studio-first-id');
  const done = () => list.locator('li.done').count();
  assert.equal(await done(), 1);
  await list.getByRole('link', { name: say('studio.first.event') }).click();
  await page.getByLabel(say('studio.form.name'), { exact: true }).fill('Rina & Adi');
  await page.getByRole('button', { name: say('studio.new.create') }).click();
  await page.getByRole('heading', { level: 1, name: 'Rina & Adi' }).waitFor();
  const [event] = await ask(person, '/events/my-events');
  await program.import(event, photos(101, 103, 106));
  await indexed(person, event, 3);
  await page.getByRole('link', { name: say('studio.tab.share') }).click();
  await page.locator('.share-main img').waitFor();
  const visitor = await guest(world, program, event);
  assert.ok(visitor.results.sure.length + visitor.results.maybe.length > 0);
  await page.locator('.brand').click();
  // Everything but the network: this server listens only on loopback.
  await until(async () => await done() === 7, 'all but the network is done');
  // Another event, with a photo and without guests, undoes nothing.
  const json = { name: 'Sari & Budi', date: '2040-01-01', description: null, password: null };
  const next = await ask(person, '/events', { method: 'POST', json });
  await program.import(next, photos(102));
  await indexed(person, next, 1);
  const counted = page.waitForResponse((response) => response.url().endsWith(`/events/${next.id}/statistics`));
  await page.reload();
  await counted;
  await page.locator('.event-card').nth(1).waitFor();
  assert.equal(await done(), 7);
  await list.getByRole('button', { name: say('studio.first.dismiss') }).click();
  await page.reload();
  await page.locator('.event-card').first().waitFor();
  assert.equal(await list.count(), 0);
});

scenario('an event is created, changed, closed, reopened and deleted, whatever its name', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const { page, say } = person;
  const name = `<img src=x onerror="document.title='!'">'"&{{boot}} \u202e😀`;
  await page.getByRole('link', { name: say('studio.events.create') }).first().click();
  await page.getByLabel(say('studio.form.name'), { exact: true }).fill(name);
  await page.getByText(say('studio.form.access.password'), { exact: true }).click();
  // A short password's weakness is said in figures: 9,400 guesses at one a second.
  await page.getByRole('textbox', { name: say('studio.form.password') }).fill('1234');
  await page.getByText(say('studio.form.password_short', { time: '2.6 hours' })).waitFor();
  await shot(page, 'studio-short-password');
  await page.getByRole('button', { name: say('studio.form.generate') }).click();
  await page.getByText(say('studio.form.password_short', { time: '' }).slice(0, 20)).waitFor({ state: 'detached' });
  const password = page.getByRole('textbox', { name: say('studio.form.password') });
  await until(async () => /^[a-z2-9]{4}-[a-z2-9]{4}$/.test(await password.inputValue()), 'a password is suggested');
  await page.getByLabel(say('studio.form.photographer'), { exact: true }).fill('Rina Studio');
  await page.getByLabel(say('studio.form.photographer_link')).fill('javascript:alert(1)');
  await page.getByText(say('studio.form.visibility.matches'), { exact: true }).click();
  await page.getByRole('button', { name: say('studio.new.create') }).click();
  // Rejected at its field.
  await page.getByText(say('studio.form.wrong.photographer_link')).waitFor();
  assert.equal(await page.getByLabel(say('studio.form.photographer_link')).getAttribute('aria-invalid'), 'true');
  person.problems.length = 0;
  await page.getByLabel(say('studio.form.photographer_link')).fill('hello@rina.example');
  await page.getByRole('button', { name: say('studio.new.create') }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
  let [event] = await ask(person, '/events/my-events');
  assert.equal(event.name, name);
  assert.deepEqual([event.visibility, event.photographer, event.photographer_link, event.password_protected],
    ['matches', 'Rina Studio', 'mailto:hello@rina.example', true]);
  const days = (Date.parse(event.delete_at) - Date.now()) / 86_400_000;
  assert.ok(days > 29 && days < 32, `${days} days`);

  await page.getByRole('link', { name: say('studio.tab.settings') }).click();
  await page.getByText(say('studio.form.download.reduced'), { exact: true }).click();
  await page.getByText(say('studio.form.stays.always'), { exact: true }).click();
  await page.getByRole('button', { name: say('studio.settings.save') }).click();
  await page.getByText(say('studio.settings.saved')).waitFor();
  [event] = await ask(person, '/events/my-events');
  assert.deepEqual([event.download, event.delete_at, event.password_protected], ['reduced', null, true]);

  await page.getByRole('button', { name: say('studio.closing.close') }).click();
  await page.getByRole('dialog').getByText(say('studio.closing.what')).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: say('studio.cancel') }).click();
  assert.equal((await ask(person, `/events/${event.id}`)).closed_at, null);
  await page.getByRole('button', { name: say('studio.closing.close') }).click();
  await page.getByRole('dialog').getByRole('button', { name: say('studio.closing.close') }).click();
  await page.locator('.chip.closed').waitFor();
  assert.ok((await ask(person, `/events/${event.id}`)).closed_at);
  await page.getByRole('button', { name: say('studio.closing.open') }).click();
  await page.locator('.chip.open').waitFor();

  // A second event takes over the photographer's contact details.
  await page.goto('/studio#/new');
  await until(async () => await page.getByLabel(say('studio.form.photographer'), { exact: true }).inputValue() === 'Rina Studio',
    'the card of the last event');

  await page.goto(`/studio#/events/${event.id}/settings`);
  await page.getByRole('button', { name: say('studio.deleting.delete') }).click();
  const dialog = page.getByRole('dialog');
  const sure = dialog.getByRole('button', { name: say('studio.deleting.delete') });
  await dialog.getByRole('textbox').fill('something else');
  assert.ok(await sure.isDisabled());
  await dialog.getByRole('textbox').fill(name);
  await shot(page, 'studio-delete');
  await sure.click();
  await page.getByText(say('studio.events.none')).waitFor();
  assert.deepEqual(await ask(person, '/events/my-events'), []);
  await fits(page);
});

scenario('a logo is placed, previewed, changed and removed', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { refused: [404] });
  const { page, say } = person;
  const event = await openEvent(person);
  await program.import(event, photos(101));
  await page.getByRole('link', { name: say('studio.tab.settings') }).click();
  const logo = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 400, height: 100 });
    const context = canvas.getContext('2d');
    context.font = '600 64px serif';
    context.fillStyle = '#fff';
    context.fillText('Rina Studio', 10, 70);
    const blob = await new Promise((resolve) => { canvas.toBlob(resolve); });
    return [...new Uint8Array(await blob.arrayBuffer())];
  });
  await page.getByLabel(say('studio.watermark.choose')).setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from(logo) });
  await page.getByText(say('studio.watermark.top_left'), { exact: true }).click();
  await page.locator('.mark-preview.top_left .logo').waitFor();
  await axe(page);
  await page.locator('.mark-preview').scrollIntoViewIfNeeded();
  await shot(page, 'studio-watermark');
  await page.getByRole('button', { name: say('studio.watermark.save') }).click();
  await page.getByText(say('studio.watermark.saved')).waitFor();
  assert.equal((await ask(person, `/events/${event.id}`)).watermark.corner, 'top_left');
  await page.reload();
  await page.locator('.mark-preview.top_left .logo').waitFor();
  await page.getByRole('button', { name: say('studio.watermark.remove') }).click();
  await page.getByText(say('studio.watermark.removed')).waitFor();
  assert.equal((await ask(person, `/events/${event.id}`)).watermark, null);
});

scenario('signing in again in another tab continues the first; another user does not', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { refused: [403, 404] });
  const { context, page, say } = person;
  const event = await openEvent(person, { name: 'First' }, 'settings');
  const again = (login) => context.request.post('/auth/session', { data: { ...LOGIN, login }, headers: { origin: person.origin } });
  const rename = async (name) => {
    await page.getByLabel(say('studio.form.name'), { exact: true }).fill(name);
    await page.getByRole('button', { name: say('studio.settings.save') }).click();
  };
  await again(LOGIN.login);
  await rename('Second');
  await page.getByRole('heading', { level: 1, name: 'Second' }).waitFor();
  await program.admin('sari@example.com', LOGIN.password);
  await again('sari@example.com');
  await rename('Third');
  await page.locator('.who').getByText('sari').waitFor();
  assert.equal((await again(LOGIN.login)).status(), 201);
  assert.equal((await ask(person, `/events/${event.id}`)).name, 'Second');
});

scenario('a form does not revert changes made elsewhere', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program);
  const { page, say } = person;
  const event = await openEvent(person, { description: 'Bring flowers' }, 'settings');
  await page.getByLabel(say('studio.form.name'), { exact: true }).waitFor();
  await ask(person, `/events/${event.id}`, { method: 'PUT', json: { name: 'Sari & Budi', description: null } });
  await page.getByText(say('studio.form.download.reduced'), { exact: true }).click();
  await page.getByRole('button', { name: say('studio.settings.save') }).click();
  await page.getByText(say('studio.settings.saved')).waitFor();
  const { name, description, download } = await ask(person, `/events/${event.id}`);
  assert.deepEqual([name, description, download], ['Sari & Budi', null, 'reduced']);
});

scenario('dialogs close with the session, and an unconfirmed sign-out is reported', async (world) => {
  const program = await world.program();
  const person = await photographer(world, program, { offline: true });
  const { context, page, say } = person;
  const event = await openEvent(person);
  await program.import(event, photos(101));
  await page.locator('.tile .caption').click();
  await page.getByRole('dialog').waitFor();
  await context.clearCookies();
  await page.getByLabel(say('studio.sign_in.password')).waitFor();
  await until(async () => await page.getByRole('dialog').count() === 0, 'the dialog is closed');
  await page.getByLabel(say('studio.sign_in.login')).fill(LOGIN.login);
  await page.getByLabel(say('studio.sign_in.password')).fill(LOGIN.password);
  await page.getByRole('button', { name: say('studio.sign_in.enter') }).click();
  await page.getByRole('heading', { level: 1, name: event.name }).waitFor();
  await page.route('**/auth/logout', (route) => route.abort());
  await page.getByRole('button', { name: say('studio.sign_out') }).click();
  await page.getByText(say('studio.sign_out_unsure')).waitFor();
});
