// The building blocks of scenarios: the real program with its own data, and people with real browsers.
//
// FOTOTA_BIN is the program, FOTOTA_CHROMIUM the browser (default: /usr/bin/chromium), FOTOTA_SHOTS a folder for
// screenshots (default: none). FOTOTA_ASSETS is a folder whose shells, scripts, styles and sentences replace those inside
// the program during development.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const program = process.env.FOTOTA_BIN;
const sources = process.env.FOTOTA_SOURCES ?? resolve(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);

/** A file of the sample event, such as `photos/DSC_0101.jpg` or `selfies/Grace_Hopper_1.jpg`. */
export const sample = (path) => join(sources, 'assets/demo', path);
/** Photos of the sample event by number: `photos(101, 103)`. */
export const photos = (...ids) => ids.map((id) => sample(`photos/DSC_0${id}.jpg`));
export const SELFIES = { eileen: sample('selfies/Eileen_Collins_1.jpg'), grace: sample('selfies/Grace_Hopper_1.jpg') };

const dictionaries = {};
for (const locale of ['en', 'id']) {
  dictionaries[locale] = JSON.parse(await readFile(join(sources, `assets/i18n/${locale}.json`), 'utf8'));
}

/** The sentence that a page in this language shows: `say('id')('selfie.title')`. */
export function say(locale) {
  return (key, values = {}) => {
    const sentence = dictionaries[locale][key];
    assert.ok(sentence, `no sentence ${key}`);
    return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
  };
}

const scenarios = [];
/** Registers a scenario: `scenario('a guest enters', async (world) => { ... })`. */
export const scenario = (name, play) => scenarios.push({ name, play });
export const registered = () => scenarios.splice(0);

/** The program, serving its own data folder. */
export class Program {
  static async start(config = '') {
    assert.ok(program, 'FOTOTA_BIN names no program');
    const self = new Program();
    self.folder = await mkdtemp(join(tmpdir(), 'fotota-e2e-'));
    await writeFile(join(self.folder, 'config.toml'), config);
    await self.serve('127.0.0.1:0');
    return self;
  }

  #arguments(more) {
    return ['--data', join(this.folder, 'data'), '--config', join(this.folder, 'config.toml'), ...more];
  }

  /** Starts to serve, also after `stop`. */
  async serve(bind = `127.0.0.1:${this.port}`) {
    this.process = spawn(program, this.#arguments(['serve', '--bind', bind, '--json']), {
      stdio: ['ignore', 'pipe', process.env.FOTOTA_LOG ? 'inherit' : 'ignore'],
    });
    for await (const line of createInterface({ input: this.process.stdout })) {
      const { bound, setup } = JSON.parse(line);
      // The setup link, while there is no admin.
      this.setup = setup;
      this.port = Number(bound.split(':').at(-1));
      this.origin = `http://127.0.0.1:${this.port}`;
      return;
    }
    throw new Error('the program does not serve');
  }

  /** Runs a command beside the server; returns its output. */
  async run(...command) {
    const options = { maxBuffer: 64 << 20 };
    return (await promisify(execFile)(program, this.#arguments(command), options)).stdout;
  }

  /** The same; parses the last line as JSON. */
  async json(...command) {
    return JSON.parse((await this.run(...command, '--json')).trim().split('\n').at(-1));
  }

  admin = (login = 'admin', password = 'correct horse') => this.json('admin', 'create', login, '--password', password);
  user = (login = 'rina', password = 'correct horse') => this.json('user', 'create', login, '--password', password);

  /** Creates an event; `path` is its page. */
  async event(name = 'Rina & Adi', { password, photos = [] } = {}) {
    const more = password ? ['--password', password] : [];
    const event = await this.json('event', 'create', name, ...more);
    if (photos.length) await this.import(event, photos);
    return { ...event, path: `/e/${event.share_code}` };
  }

  /** Calls the API as a local user. */
  async api(method, path, { login = 'admin', password = 'correct horse', json } = {}) {
    const ask = (way, to, body, more = {}) => fetch(this.origin + to, {
      method: way, body: body && JSON.stringify(body), headers: { 'content-type': 'application/json', ...more },
    });
    const { access_token: token } = await (await ask('POST', '/auth/local', { login, password })).json();
    const answer = await ask(method, path, json, { authorization: `Bearer ${token}` });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.status === 204 ? null : answer.json();
  }

  async import(event, files) {
    const answer = await this.json('import', String(event.id), ...files);
    assert.equal(answer.rejected?.length ?? 0, 0, JSON.stringify(answer.rejected));
    return answer;
  }

  /** A folder with copies of these files under other names. */
  async copies(files, name = (index) => `COPY_${index}.jpg`) {
    const folder = await mkdtemp(join(this.folder, 'card-'));
    await Promise.all(files.map((file, index) => copyFile(file, join(folder, name(index)))));
    return folder;
  }

  async stop(signal = 'SIGTERM') {
    const ended = new Promise((done) => this.process.once('exit', done));
    if (this.process.exitCode === null && this.process.kill(signal)) await ended;
  }

  async remove() {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export const DEVICES = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  small: { viewport: { width: 320, height: 640 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1280, height: 860 }, deviceScaleFactor: 1 },
};

/** The shells of pages, by the beginning of their paths. */
const SHELLS = {
  '/e': 'guest/guest.html', '/account': 'account/account.html', '/studio/print': 'print/print.html',
  '/studio': 'studio/studio.html', '/wall': 'wall/wall.html', '/u': 'contributor/contributor.html',
};

async function serveFrom(folder, context) {
  await context.route(/\/a\/[0-9a-f]+\//, (route) => {
    route.fulfill({ path: join(folder, new URL(route.request().url()).pathname.split('/').slice(3).join('/')) });
  });
  const shellOf = (path) => Object.entries(SHELLS).find(([start]) => path === start || path.startsWith(`${start}/`))?.[1];
  await context.route((url) => url.pathname === '/' || Boolean(shellOf(url.pathname)), async (route) => {
    if (!route.request().isNavigationRequest()) return route.fallback();
    const response = await route.fetch({ url: route.request().url().replace('venue.test', '127.0.0.1') });
    const served = await response.text();
    const boot = JSON.parse(/<script[^>]*id="boot">(.*?)<\/script>/s.exec(served)?.[1] ?? 'null');
    if (!boot) return route.fulfill({ response });
    const words = dictionaries[boot.lang];
    const values = {
      lang: boot.lang, assets: boot.assets ?? /\/a\/[0-9a-f]+/.exec(served)[0], name: /<title>(.*?)( · FotoTa)?<\/title>/.exec(served)[1],
      base: boot.base,
      boot: JSON.stringify({ ...boot, text: words, ...(boot.texts ? { texts: dictionaries } : {}) }).replaceAll('<', '\\u003c'),
    };
    const shell = await readFile(join(folder, shellOf(new URL(route.request().url()).pathname) ?? 'home/home.html'), 'utf8');
    const body = shell.replace(/\{\{(t:)?([\w.]+)\}\}/g, (_, text, key) => (text ? words[key] : values[key]) ?? '');
    await route.fulfill({ response, body });
  });
}

const launch = (...more) => chromium.launch({
  executablePath: process.env.FOTOTA_CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    // Host names that are no secure context without HTTPS, as on a venue's Wi-Fi.
    '--host-resolver-rules=MAP *.test 127.0.0.1',
    ...more,
  ],
});

let browser;
async function launched() {
  browser ??= await launch();
  return browser;
}
export const closeBrowser = () => browser?.close();

/** Everything that a scenario starts; ends with it. */
export class World {
  #programs = [];
  #people = [];
  #browsers = [];

  async program(config) {
    const program = await Program.start(config);
    this.#programs.push(program);
    return program;
  }

  /**
   * A person with their own browser. `refused` lists error statuses that may occur, `offline` allows failed requests,
   * `secure: false` uses a plain HTTP address that is not loopback, `trusting` HTTPS there, with certificates of the
   * authority whose key has this SHA-256.
   */
  async person(program, { locale = 'en', device = 'phone', colour = 'light', ...more } = {}) {
    const { refused = [], offline = false, secure = true, trusting, ...options } = more;
    const own = trusting && await launch(`--ignore-certificate-errors-spki-list=${trusting}`);
    if (own) this.#browsers.push(own);
    const venue = `${own ? 'https' : 'http'}://venue.test:${program.port}`;
    const origin = secure && !own ? program.origin : venue;
    const context = await (own ?? await launched()).newContext({
      ...DEVICES[device], locale, colorScheme: colour, baseURL: origin, permissions: ['camera'], ...options,
    });
    if (process.env.FOTOTA_ASSETS && secure) await serveFrom(process.env.FOTOTA_ASSETS, context);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const person = { context, page, origin, problems: [], say: say(locale), locale, device, colour };
    const expected = (text) => refused.some((status) => text.includes(`status of ${status}`))
      || (offline && /net::ERR_/.test(text));
    context.on('console', (message) => {
      if (message.type() === 'error' && !expected(message.text())) person.problems.push(`console: ${message.text()}`);
    });
    context.on('weberror', (error) => person.problems.push(`page: ${error.error().stack}`));
    context.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(origin) && !/^(blob|data):/.test(url)) person.problems.push(`request: ${url}`);
    });
    this.#people.push(person);
    return person;
  }

  /** Ends everything; fails on any problem that a browser reported. */
  async end(played) {
    const problems = this.#people.flatMap((person) => person.problems);
    await Promise.all(this.#people.map((person) => person.context.close()));
    await Promise.all(this.#browsers.map((own) => own.close()));
    await Promise.all(this.#programs.map((program) => program.remove()));
    if (played) assert.deepEqual(problems, []);
  }
}

/** Fails on violations of WCAG 2 A and AA that axe-core finds in the page as it is. */
export async function axe(page) {
  await page.evaluate(await readFile(require.resolve('axe-core/axe.min.js'), 'utf8'));
  // Elements that are fading in have no contrast yet.
  await page.evaluate(() => Promise.all(document.getAnimations()
    .filter((animation) => animation.effect.getTiming().iterations !== Infinity)
    .map((animation) => animation.finished.catch(() => {}))));
  const found = await page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const { violations } = await globalThis.axe.run(document, { runOnly: tags });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' | ')}`);
  });
  assert.deepEqual(found, []);
}

/** Saves a screenshot if FOTOTA_SHOTS is set. */
export async function shot(page, name, options = {}) {
  const folder = process.env.FOTOTA_SHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), ...options });
}

/** The page as it is: what is wider than the window, cut off, or so narrow that a heading has a letter on each line. */
const misfits = (page, width) => page.evaluate((wide) => {
  const scrolls = (element) => element && (/auto|scroll/.test(getComputedStyle(element).overflowX)
    || scrolls(element.parentElement));
  const named = (element, what) => `${what}: ${element.outerHTML.slice(0, 200)}`;
  const found = [];
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > wide) found.push(`the page is ${scrollWidth} wide`);
  for (const element of document.querySelectorAll('h1, h2, h3, p, a, button, label, input, select, td, .toast')) {
    if (!element.checkVisibility() || element.closest('.said, .skip, [inert]')) continue;
    const { left, right } = element.getBoundingClientRect();
    if ((left < -1 || right > wide + 1) && !scrolls(element)) found.push(named(element, `from ${left} to ${right}`));
    const { display, fontSize, overflowX } = getComputedStyle(element);
    const { clientWidth: inside, scrollWidth: content } = element;
    if (element.matches('a, button, label') && display !== 'inline' && overflowX === 'visible' && content > inside + 1) {
      found.push(named(element, `${content} in ${inside}`));
    }
    const letters = (right - left) / parseFloat(fontSize);
    if (element.matches('h1, h2') && letters < 3.5 && element.textContent.length > 6) found.push(named(element, 'narrow'));
  }
  return found;
}, width);

/**
 * Fails if the page does not fit the window: as it is, and on a phone also with text twice as large, and at 320 pixels.
 * `name` is that of a screenshot with large text.
 */
export async function fits(page, name = '') {
  const { width, height } = page.viewportSize();
  const fit = async (wide, how) => {
    // Not `innerWidth`: phones zoom out of a page that is too wide. Grids follow a moment later.
    let found = [];
    const settled = async () => !(found = await misfits(page, wide)).length;
    await until(settled, 'the page fits', 2000).catch(() => assert.deepEqual(found, [], `${wide} pixels, ${how}`));
  };
  await fit(width, 'text as it is');
  if (width !== DEVICES.phone.viewport.width) return;
  const session = await page.context().newCDPSession(page);
  const text = (standard) => session.send('Page.setFontSizes', { fontSizes: { standard, fixed: standard * 13 / 16 } });
  await text(32);
  if (name) await shot(page, `${name}-large-text`);
  await fit(width, 'large text');
  await text(16);
  await page.setViewportSize({ width: DEVICES.small.viewport.width, height });
  await fit(DEVICES.small.viewport.width, 'text as it is');
  await page.setViewportSize({ width, height });
  await session.detach();
}

/** Waits until `check` returns something. */
export async function until(check, what, milliseconds = 20_000) {
  for (const end = Date.now() + milliseconds; Date.now() < end;) {
    const value = await check();
    if (value) return value;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`waited in vain: ${what}`);
}
