// The guest's way through an event: password, consent, selfie, photos. One view is visible at a time.

const boot = JSON.parse(document.getElementById('boot').textContent);
const views = ['password', 'consent', 'selfie', 'busy', 'results'];
const element = (id) => document.getElementById(id);

/** The sentence under `key`, with `{name}` replaced by `values.name`. */
function text(key, values = {}) {
  const sentence = boot.text[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

/** `KEY.one`, `KEY.other` ... by the plural rules of the page's language. */
function plural(key, count) {
  const rule = new Intl.PluralRules(boot.lang).select(count);
  const number = new Intl.NumberFormat(boot.lang).format(count);
  return text(boot.text[`${key}.${rule}`] ? `${key}.${rule}` : `${key}.other`, { count: number });
}

function show(view) {
  for (const id of views) element(id).hidden = id !== view;
  element('problem').hidden = true;
  element('leave').hidden = !boot.entered;
  element(view).querySelector('h2').focus({ preventScroll: true });
}

/** The view that the guest's state calls for. */
function showNext() {
  if (!boot.entered && boot.password_protected) return show('password');
  show(boot.consented ? 'selfie' : 'consent');
}

function showProblem(code) {
  const problem = element('problem');
  problem.textContent = text(`error.${code}`);
  problem.hidden = false;
  problem.scrollIntoView({ block: 'nearest' });
}

/** Sends a request below the event's address; throws an error whose message is a code with a sentence. */
async function send(method, path, body, type) {
  let response;
  try {
    const headers = type ? { 'Content-Type': type } : {};
    response = await fetch(boot.base + path, { method, body, headers });
  } catch {
    throw new Error('network');
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  const failure = await response.json().catch(() => ({}));
  if (failure.code === 'session.required') {
    boot.entered = false;
    boot.consented = false;
  }
  throw new Error(boot.text[`error.${failure.code}`] ? failure.code : 'internal');
}

async function enter(password) {
  await send('POST', '/session', JSON.stringify({ password }), 'application/json');
  boot.entered = true;
}

async function agree() {
  // An event without password is entered by its link alone.
  if (!boot.entered) await enter(null);
  await send('POST', '/consent');
  boot.consented = true;
}

/** A picture small enough for the venue's Wi-Fi; the file itself where this browser cannot make one. */
async function shrink(file) {
  const longSide = 1280;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const scale = Math.min(1, longSide / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.9));
    return blob ?? file;
  } catch {
    return file;
  }
}

async function search(file) {
  show('busy');
  try {
    const picture = await shrink(file);
    const { sure, maybe } = await send('POST', '/search', picture, 'application/octet-stream');
    showMatches([...sure, ...maybe]);
  } catch (error) {
    showNext();
    showProblem(error.message);
  }
}

function showMatches(matches) {
  show('results');
  const title = element('results').querySelector('h2');
  title.textContent = matches.length ? plural('results.found', matches.length) : text('results.none');
  element('grid').replaceChildren(...matches.map((match, index) => {
    const item = document.createElement('li');
    const button = document.createElement('button');
    const image = document.createElement('img');
    image.src = `${boot.base}/photos/${match.id}/thumbnail`;
    image.alt = text('results.photo', { number: index + 1 });
    image.loading = 'lazy';
    image.decoding = 'async';
    button.type = 'button';
    button.append(image);
    button.addEventListener('click', () => view(match, image.alt));
    item.append(button);
    return item;
  }));
}

function view(match, alt) {
  const viewer = element('viewer');
  const image = viewer.querySelector('img');
  const link = viewer.querySelector('a');
  image.src = `${boot.base}/photos/${match.id}/preview`;
  image.alt = alt;
  link.href = `${boot.base}/photos/${match.id}/original`;
  link.download = match.file_name;
  viewer.showModal();
}

const actions = {
  async agree() {
    await agree();
    showNext();
  },
  again: showNext,
  close: () => element('viewer').close(),
  async leave() {
    await send('DELETE', '/session');
    location.reload();
  },
};

document.addEventListener('click', async (event) => {
  const action = actions[event.target.closest('[data-action]')?.dataset.action];
  if (!action) return;
  try {
    await action();
  } catch (error) {
    if (!boot.entered) showNext();
    showProblem(error.message);
  }
});

element('password').addEventListener('submit', async (event) => {
  event.preventDefault();
  const field = event.target.elements.password;
  try {
    await enter(field.value);
    showNext();
  } catch (error) {
    showProblem(error.message);
  }
  field.value = '';
});

for (const id of ['camera', 'file']) {
  element(id).addEventListener('change', (event) => {
    const [file] = event.target.files;
    event.target.value = '';
    if (file) search(file);
  });
}

element('viewer').addEventListener('close', () => element('viewer').querySelector('img').removeAttribute('src'));

element('count').textContent = boot.event.photos ? plural('page.photos', boot.event.photos) : text('page.waiting');
showNext();
