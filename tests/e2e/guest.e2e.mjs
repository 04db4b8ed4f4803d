// A guest enters an event: password or key, consent or not, selfie, photos, and deletion.

import assert from 'node:assert/strict';
import { SELFIES, axe, fits, photos, sample, scenario, shot, until } from './lib.mjs';
import { OF_GRACE, PARTY, choose, findMyself } from './guest.mjs';

const HOSTILE = '<img src=x onerror=alert(1)>"\'&';
for (const [locale, device, colour] of [['en', 'phone', 'light'], ['id', 'phone', 'dark'], ['id', 'desktop', 'light'], ['en', 'desktop', 'dark']]) {
  scenario(`a selfie finds the photos (${locale}, ${device}, ${colour})`, async (world) => {
    const program = await world.program();
    const event = await program.event('Rina & Adi', { photos: PARTY });
    const person = await world.person(program, { locale, device, colour });
    const { page, say } = person;
    const look = async (name) => {
      await axe(page);
      await fits(page);
      await shot(page, `${name}-${device}-${colour}-${locale}`);
    };
    await page.goto(event.path);
    const agree = page.getByRole('button', { name: say('consent.agree') });
    await agree.waitFor();
    await look('consent');
    await agree.click();
    await page.getByRole('heading', { name: say('selfie.title') }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H2');
    await look('selfie');
    await choose(page, SELFIES.grace);
    await page.getByRole('heading', { name: say('results.found.other', { count: OF_GRACE }) }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll('.tile.there').length === 5);
    await look('results');
    await page.reload();
    await page.getByRole('heading', { name: say('results.found.other', { count: OF_GRACE }) }).waitFor();
    await page.getByRole('link', { name: say('page.your_data') }).click();
    await page.getByRole('heading', { name: say('page.your_data') }).waitFor();
    await look('privacy');
    await page.getByRole('button', { name: say('privacy.withdraw') }).click();
    await page.getByText(say('privacy.withdraw.done')).waitFor();
    await page.getByRole('link', { name: say('tabs.me') }).click();
    await page.getByRole('button', { name: say('consent.agree') }).waitFor();
  });
}

scenario('consent and browsing without it are equal choices', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: PARTY });
  const { page, say } = await world.person(program);
  await page.goto(event.path);
  const ways = [page.getByRole('button', { name: say('consent.agree') }), page.getByRole('link', { name: say('consent.browse') })];
  const looks = await Promise.all(ways.map((way) => way.evaluate((element) => {
    const { backgroundColor, color, fontSize, fontWeight, width } = getComputedStyle(element);
    return { backgroundColor, color, fontSize, fontWeight, width };
  })));
  assert.deepEqual(looks[0], looks[1]);
  await ways[1].click();
  await page.locator('.squares .tile.there').first().waitFor();
  assert.equal(await page.locator('.squares .tile').count(), PARTY.length);
});

scenario('a protected event asks for its password', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { password: 'rahasia' });
  const { page, say } = await world.person(program, { refused: [401] });
  await page.goto(event.path);
  await page.getByLabel(say('password.label'), { exact: true }).waitFor();
  await axe(page);
  await shot(page, 'password');
  await page.keyboard.press('Tab');
  await page.getByLabel(say('password.label'), { exact: true }).fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText(say('error.password.wrong')).waitFor();
  await axe(page);
  await page.getByLabel(say('password.label'), { exact: true }).fill('rahasia');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: say('consent.agree') }).waitFor();
});

scenario('who mistypes the password sees it, and hears how long to wait', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { password: 'rahasia' });
  const { page, say } = await world.person(program, { refused: [401, 429], locale: 'id' });
  await page.goto(event.path);
  const field = page.getByLabel(say('password.label'), { exact: true });
  await field.waitFor();
  await page.getByLabel(say('password.show')).check();
  assert.equal(await field.getAttribute('type'), 'text');
  // A phone's keyboard adds a space.
  await field.fill('rahasia ');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: say('consent.agree') }).waitFor();
  await page.context().clearCookies();
  await page.reload();
  const wait = page.getByRole('alert').getByText(new RegExp(say('error.limit.wait', { n: '\\d+' })));
  await until(async () => {
    const answer = page.waitForResponse((response) => response.url().endsWith('/session'));
    await field.fill('wrong');
    await page.keyboard.press('Enter');
    return (await answer).status() === 429;
  }, 'a pause');
  await wait.waitFor();
  await shot(page, 'password-wait');
});

/** Path and fragment of a link: tests use another host name than guests. */
const local = (link) => new URL(link).pathname + new URL(link).hash;

scenario('an entry key opens a protected event and leaves the address bar', async (world) => {
  const program = await world.program();
  await program.admin();
  const event = await program.event('Rina & Adi', { password: 'rahasia', photos: photos(102) });
  const { keyed_link: keyed } = await program.api('GET', `/events/${event.id}/sharing`);
  assert.match(keyed, /#k=/);
  const { page, say } = await world.person(program);
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  // The key leaves the address bar before anything is sent.
  const seen = page.waitForRequest((request) => request.url().endsWith('/session'));
  await page.goto(local(keyed));
  assert.match((await seen).postData(), /"key"/);
  await page.getByRole('button', { name: say('consent.agree') }).waitFor();
  assert.equal(new URL(page.url()).hash, '');
  assert.ok(asked.every((url) => !url.includes('k=')), asked.join());
  await page.reload();
  await page.getByRole('button', { name: say('consent.agree') }).waitFor();
});

scenario('scanning the code again keeps the session', async (world) => {
  const program = await world.program();
  await program.admin();
  const event = await program.event('Rina & Adi', { password: 'rahasia', photos: PARTY });
  const { keyed_link: keyed } = await program.api('GET', `/events/${event.id}/sharing`);
  const { page, say } = await world.person(program);
  await page.goto(local(keyed));
  await page.getByRole('button', { name: say('consent.agree') }).click();
  await page.getByRole('heading', { name: say('selfie.title') }).waitFor();
  await choose(page, SELFIES.grace);
  await page.locator('.tile').first().click();
  await page.getByRole('dialog').getByRole('button', { name: say('photo.save') }).click();
  await page.getByText(say('saved.added')).waitFor();
  await page.keyboard.press('Escape');
  const entries = [];
  page.on('request', (request) => request.url().endsWith('/session') && entries.push(request.method()));
  const found = page.getByRole('heading', { name: say('results.found.other', { count: OF_GRACE }) });
  // In the open page, and in a new one.
  await page.waitForFunction(() => !history.state?.photo);
  await page.evaluate((hash) => { location.hash = hash; }, new URL(keyed).hash);
  await until(async () => new URL(page.url()).hash === '', 'the key off the address');
  await found.waitFor();
  await page.goto('/');
  await page.goto(local(keyed));
  await found.waitFor();
  assert.equal(new URL(page.url()).hash, '');
  await page.getByRole('link', { name: say('tabs.saved') }).click();
  await page.getByText(say('saved.number.one', { count: 1 })).waitFor();
  assert.deepEqual(entries, []);
});

scenario('an entry key survives a bad connection', async (world) => {
  const program = await world.program();
  await program.admin();
  const event = await program.event('Rina & Adi', { password: 'rahasia', photos: photos(102) });
  const { link } = await program.api('POST', `/events/${event.id}/invitations`, { json: {} });
  const { page, say } = await world.person(program, { offline: true, refused: [503] });
  const answers = [(route) => route.abort(), (route) => route.fulfill({ status: 503, json: { code: 'server.busy' } })];
  await page.route(/\/session$/, (route) => (answers.shift() ?? ((last) => last.continue()))(route));
  await page.goto(local(link));
  for (const code of ['network', 'server.busy']) {
    await page.getByRole('alert').getByText(say(`error.${code}`)).waitFor();
    await axe(page);
    await page.getByRole('button', { name: say('page.retry') }).click();
  }
  await page.getByRole('button', { name: say('consent.agree') }).waitFor();
});

scenario('photos that failed to load are requested again, also from another tab', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: PARTY });
  const person = await world.person(program, { refused: [503] });
  const { page, say } = person;
  await findMyself(person, event);
  let fails = 2;
  const fail = (route) => (fails-- > 0 ? route.fulfill({ status: 503, json: { code: 'server.busy' } }) : route.continue());
  await page.route(/\/matches$/, fail);
  await page.reload();
  await page.getByRole('alert').getByText(say('error.server.busy')).waitFor();
  await page.getByRole('link', { name: say('tabs.all') }).click();
  await page.locator('.squares .tile.there').first().waitFor();
  await page.getByRole('link', { name: say('tabs.me') }).click();
  await page.getByRole('alert').getByText(say('error.server.busy')).waitFor();
  await page.getByRole('button', { name: say('page.retry') }).click();
  await page.getByRole('heading', { name: say('results.found.other', { count: OF_GRACE }) }).waitFor();
  fails = 1;
  await page.route(/\/bookmarks$/, fail);
  await page.getByRole('link', { name: say('tabs.saved') }).click();
  await page.getByRole('alert').getByText(say('error.server.busy')).waitFor();
  assert.equal(await page.getByText(say('saved.none')).count(), 0);
  await axe(page);
  await page.getByRole('button', { name: say('page.retry') }).click();
  await page.getByText(say('saved.none')).waitFor();
});

scenario('an invitation admits one guest, the password the others', async (world) => {
  const program = await world.program();
  await program.admin();
  const event = await program.event('Rina & Adi', { password: 'rahasia', photos: photos(102) });
  const { link } = await program.api('POST', `/events/${event.id}/invitations`, { json: {} });
  const first = await world.person(program);
  await first.page.goto(local(link));
  await first.page.getByRole('button', { name: first.say('consent.agree') }).waitFor();
  const { page, say } = await world.person(program, { locale: 'id', refused: [401] });
  await page.goto(local(link));
  await page.getByText(say('error.invitation.invalid')).waitFor();
  assert.equal(new URL(page.url()).hash, '');
  await shot(page, 'invitation-used');
  await page.getByLabel(say('password.label'), { exact: true }).fill('rahasia');
  await page.getByRole('button', { name: say('password.enter') }).click();
  await page.getByRole('button', { name: say('consent.agree') }).waitFor();
});

scenario('where guests see only their own photos, the page says so and links to the photographer', async (world) => {
  const program = await world.program();
  await program.admin();
  const event = await program.event('Rina & Adi', { photos: PARTY });
  await program.api('PUT', `/events/${event.id}`, {
    json: { visibility: 'matches', download: 'nothing', photographer: 'Studio Lensa', photographer_link: 'mailto:lensa@example.com' },
  });
  const person = await world.person(program, { locale: 'id' });
  const { page, say } = person;
  await page.goto(event.path);
  await page.getByText(say('consent.only')).waitFor();
  await axe(page);
  await shot(page, 'matches-only');
  const link = page.getByRole('link', { name: say('page.ask', { name: 'Studio Lensa' }) });
  assert.equal(await link.getAttribute('href'), 'mailto:lensa@example.com');
  await findMyself(person, event);
  assert.equal(await page.getByRole('link', { name: say('tabs.all') }).count(), 0);
  await page.locator('.tile').first().click();
  await page.getByRole('dialog').getByRole('button', { name: say('photo.save') }).waitFor();
  assert.equal(await page.getByRole('dialog').getByRole('link', { name: say('photo.download') }).count(), 0);
});

scenario('a closed event admits no guest', async (world) => {
  const program = await world.program();
  await program.admin();
  const event = await program.event('Rina & Adi', { photos: photos(102) });
  await program.api('PUT', `/events/${event.id}`, { json: { closed: true } });
  const { page, say } = await world.person(program);
  await page.goto(event.path);
  await page.getByRole('heading', { name: say('closed.title') }).waitFor();
  await axe(page);
  await shot(page, 'closed');
});

scenario('every rejected selfie has a reason and can be retried', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: photos(101, 102) });
  const { page, say } = await world.person(program, { refused: [400] });
  await page.goto(event.path);
  await page.getByRole('button', { name: say('consent.agree') }).click();
  for (const [file, code] of [
    [sample('photos/DSC_0108.jpg'), 'selfie.several_faces'],
    [sample('photos/DSC_0115.jpg'), 'selfie.too_dark'],
    [sample('photos/DSC_0104.jpg'), 'selfie.no_face'],
    [sample('truth.json'), 'selfie.unreadable'],
  ]) {
    await choose(page, file);
    await page.getByRole('alert').getByText(say(`error.${code}`)).waitFor();
    await shot(page, `refused-${code}`);
  }
  await axe(page);
  await choose(page, SELFIES.eileen);
  await page.getByRole('heading', { name: say('results.found.one', { count: 1 }) }).waitFor();
});

scenario('the camera preview works where the browser allows it', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: photos(101) });
  const { page, say } = await world.person(program, { refused: [400] });
  await page.goto(event.path);
  await page.getByRole('button', { name: say('consent.agree') }).click();
  await page.getByRole('button', { name: say('selfie.take') }).click();
  await page.waitForFunction(() => document.querySelector('video')?.videoWidth > 0);
  await axe(page);
  await shot(page, 'camera');
  await page.getByRole('button', { name: say('selfie.cancel') }).click();
  const take = page.getByRole('button', { name: say('selfie.take') });
  await until(() => take.evaluate((button) => button === document.activeElement), 'the focus where it was');
  // The camera stops with its view, and does not start after the view was left.
  await page.evaluate(() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    globalThis.streams = [];
    navigator.mediaDevices.getUserMedia = async (wish) => {
      await new Promise((done) => { globalThis.allow = done; });
      globalThis.streams.push(await ask(wish));
      return globalThis.streams.at(-1);
    };
  });
  const ended = (count) => page.waitForFunction((all) => globalThis.streams.length === all
    && globalThis.streams.every((stream) => stream.getTracks().every(({ readyState }) => readyState === 'ended')), count);
  await take.click();
  await page.waitForFunction(() => globalThis.allow);
  await page.getByRole('link', { name: say('tabs.all') }).click();
  await page.evaluate(() => globalThis.allow());
  await ended(1);
  await page.getByRole('link', { name: say('tabs.me') }).click();
  await page.evaluate(() => { globalThis.allow = null; });
  await take.click();
  await page.waitForFunction(() => globalThis.allow);
  await page.evaluate(() => globalThis.allow());
  await page.waitForFunction(() => document.querySelector('video')?.videoWidth > 0);
  await page.getByRole('link', { name: say('tabs.all') }).click();
  await ended(2);
  await page.getByRole('link', { name: say('tabs.me') }).click();
  await page.evaluate(() => { globalThis.allow = null; });
  await take.click();
  await page.waitForFunction(() => globalThis.allow);
  await page.evaluate(() => globalThis.allow());
  await page.waitForFunction(() => document.querySelector('video')?.videoWidth > 0);
  // Chromium's fake camera shows no face.
  await page.getByRole('button', { name: say('selfie.shoot') }).click();
  await page.getByRole('alert').waitFor();
});

scenario('without HTTPS the phone\'s camera app is used', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: photos(102) });
  const person = await world.person(program, { secure: false });
  const { page, say } = person;
  await page.goto(event.path);
  assert.equal(await page.evaluate(() => isSecureContext), false);
  await page.getByRole('button', { name: say('consent.agree') }).click();
  await page.getByLabel(say('selfie.take')).waitFor();
  assert.equal(await page.getByLabel(say('selfie.take')).getAttribute('capture'), 'user');
  await page.getByLabel(say('selfie.take')).setInputFiles(SELFIES.grace);
  await page.getByRole('heading', { name: say('results.found.one', { count: 1 }) }).waitFor();
});

scenario('another selfie replaces the first only after a successful search', async (world) => {
  const program = await world.program();
  await program.admin();
  const event = await program.event('Rina & Adi', { photos: PARTY });
  const person = await world.person(program, { refused: [400] });
  const { page, say } = person;
  await findMyself(person, event);
  await page.getByText(say('live.on')).waitFor();
  const heading = page.getByRole('heading', { name: say('results.found.other', { count: OF_GRACE }) });
  await page.getByRole('button', { name: say('results.again') }).click();
  await choose(page, sample('photos/DSC_0104.jpg'));
  await page.getByRole('alert').getByText(say('error.selfie.no_face')).waitFor();
  await page.getByRole('button', { name: say('selfie.keep') }).click();
  await heading.waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
  assert.ok(await page.locator('img.me').evaluate((image) => image.decode().then(() => image.naturalWidth > 0)));
  await page.getByRole('button', { name: say('results.again') }).click();
  await page.reload();
  await heading.waitFor();
  // Changes by the photographer do not interrupt it, and show afterwards.
  await page.getByText(say('live.on')).waitFor();
  const [, id] = (await page.locator('.tile img').first().getAttribute('src')).match(/photos\/(\d+)/);
  await page.getByRole('button', { name: say('results.again') }).click();
  const renewed = page.waitForResponse((response) => new URL(response.url()).pathname === event.path);
  const hidden = { ids: [Number(id)], action: 'hide' };
  await program.api('POST', `/events/${event.id}/images/change`, { json: hidden });
  await renewed;
  await page.waitForTimeout(500);
  await page.getByRole('button', { name: say('selfie.keep') }).click();
  await page.getByRole('heading', { name: say('results.found.other', { count: OF_GRACE - 1 }) }).waitFor();
  const shown = () => page.locator('.tile img').evaluateAll((all) => all.map(({ src }) => src).join());
  const before = await shown();
  await page.getByRole('button', { name: say('results.again') }).click();
  await choose(page, SELFIES.eileen);
  await until(async () => ![before, ''].includes(await shown()), 'the photos of somebody else are shown');
});

scenario('one tap deletes the face data, another one everything', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { photos: PARTY });
  const person = await world.person(program);
  const { page, say } = person;
  await findMyself(person, event);
  await page.getByRole('button', { name: say('privacy.face') }).click();
  await page.getByRole('heading', { name: say('selfie.title') }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: say('selfie.title') }).waitFor();
  await page.getByRole('link', { name: say('page.your_data') }).click();
  await page.getByText(say('privacy.face.none')).waitFor();
  await page.getByRole('button', { name: say('privacy.all') }).click();
  await page.getByRole('button', { name: say('consent.agree') }).waitFor();
  assert.deepEqual((await person.context.cookies()).filter(({ path }) => path === event.path), []);
});

scenario('an event name with markup is shown as text', async (world) => {
  const program = await world.program();
  const event = await program.event(HOSTILE, { photos: photos(102) });
  const person = await world.person(program, { device: 'small' });
  await findMyself(person, event);
  assert.equal(await person.page.locator('h1').textContent(), HOSTILE);
  await fits(person.page);
  await person.page.goto('/');
  await person.page.getByText(HOSTILE).waitFor();
  await fits(person.page);
  await person.page.getByRole('button', { name: person.say('home.clear') }).click();
  assert.equal(await person.page.getByText(HOSTILE).count(), 0);
});

scenario('the page waits for the first photo', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi');
  const person = await world.person(program);
  const { page, say } = person;
  await page.goto(event.path);
  await page.getByText(say('consent.early')).waitFor();
  await page.getByRole('button', { name: say('consent.agree') }).click();
  await choose(page, SELFIES.grace);
  await page.getByRole('heading', { name: say('results.none') }).waitFor();
  await axe(page);
  await shot(page, 'waiting');
  await program.import(event, photos(101, 102));
  await page.getByRole('heading', { name: say('results.found.one', { count: 1 }) }).waitFor();
});

scenario('everything works with the keyboard alone', async (world) => {
  const program = await world.program();
  const event = await program.event('Rina & Adi', { password: 'rahasia', photos: PARTY });
  const { page, say } = await world.person(program, { device: 'desktop' });
  const focused = () => page.evaluate(() => document.activeElement.ariaLabel || document.activeElement.textContent.trim());
  const tabTo = async (words) => {
    for (let tries = 0; tries < 40; tries += 1) {
      if ((await focused()).includes(words)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`no Tab leads to ${words}`);
  };
  await page.goto(event.path);
  await page.getByLabel(say('password.label'), { exact: true }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.type('rahasia');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: say('consent.agree') }).waitFor();
  await tabTo(say('consent.agree'));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: say('selfie.title') }).waitFor();
  await choose(page, SELFIES.grace);
  await page.locator('.tile').first().waitFor();
  await tabTo(say('photo.position', { position: 1, count: OF_GRACE }));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await page.keyboard.press('ArrowRight');
  await dialog.getByText(say('photo.position', { position: 2, count: OF_GRACE })).waitFor();
  await tabTo(say('photo.save'));
  await page.keyboard.press('Space');
  await dialog.getByText(say('saved.added')).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await until(async () => (await focused()).includes(say('photo.position', { position: 2, count: OF_GRACE })), 'focus');
  await tabTo(say('tabs.all'));
});
