// Posters, table cards and the Wi-Fi sheet as a page to print. The fragment says what to print.

import { html, render } from '../vendor/lit-html/lit-html.js';
import { setSession } from '../shared/api.js';
import { boot, reason, text } from '../shared/text.js';
import { drawQr, readEvent, readSession, readSharing } from '../studio/core/server.js';
import { isLocal, readWifi, wifiCode } from '../studio/share/wifi.js';
import { listSources, readAccess } from '../studio/sources/requests.js';
import { cards, poster, sheet } from './sheets.js';
import { camera, contributor } from './sources.js';

const order = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const locales = order.locale === 'both' ? ['id', 'en'] : [order.locale === 'en' ? 'en' : 'id'];
const layouts = { poster, cards, wifi: sheet, camera, contributor };
const main = document.getElementById('sheets');
const button = document.getElementById('print');

/** A sentence in each language of the sheet. */
function say(key, values = {}) {
  const inLocale = (locale) => (boot.texts[locale][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
  return locales.map((locale) => html`<span lang=${locale}>${inLocale(locale)}</span>`);
}

const date = (iso) => locales.map((locale) => html`<span lang=${locale}>${
  new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso))}</span>`);

/** The source of a sheet about one: what it is, and what it takes to send photos. */
async function readSource(event) {
  const { items, host, ftp } = await listSources(event);
  const source = items.find(({ id }) => id === Number(order.source));
  return { source, host, ftp, access: await readAccess(event, Number(order.source)) };
}

/** The URL of a QR code. */
const code = async (content) => URL.createObjectURL(await drawQr(content));

async function start() {
  try {
    setSession(await readSession());
    const id = Number(order.event);
    const [event, links] = await Promise.all([readEvent(id), readSharing(id)]);
    const about = order.source ? await readSource(id) : null;
    const keyed = order.keyed === 'true';
    const link = about ? about.access.link ?? '' : keyed ? links.keyed_link : links.link;
    const wifi = readWifi();
    const layout = layouts[order.layout] ? order.layout : 'poster';
    const needsWifi = layout === 'wifi' || Boolean(link && isLocal(link));
    const parts = {
      needsWifi, event, say, date, link, wifi,
      asksPassword: event.password_protected && !keyed,
      // Codes carry the address; the name stays when that changes.
      named: about ? '' : links.named_link ?? '',
      gallery: await code(about?.access.password ?? link), about,
      network: needsWifi && wifi.name ? await code(wifiCode(wifi)) : '',
    };
    main.replaceChildren();
    render(layouts[layout](parts), main);
    await Promise.all([...main.querySelectorAll('img')].map((image) => image.decode().catch(() => {})));
    document.title = `${event.name} · FotoTa`;
    button.disabled = false;
    document.body.classList.add('ready');
  } catch (error) {
    document.getElementById('message').textContent =
      error.status === 401 ? text('print.refused') : reason(error);
  }
}

button.addEventListener('click', () => print());
start();
