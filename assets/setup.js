// The first admin's account. The link's token stands behind the "#", which browsers send nowhere.

const { text } = JSON.parse(document.getElementById('boot').textContent);
const wrong = { login: 'setup.wrong.login', password: 'setup.wrong.password' };
const form = document.getElementById('account');
const problem = document.getElementById('problem');
const token = location.hash.slice(1);
// Nobody who looks over the shoulder later finds it in the address bar or the history.
history.replaceState(null, '', location.pathname);

function showProblem(sentence) {
  problem.textContent = sentence;
  problem.hidden = false;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  problem.hidden = true;
  const { login, password } = Object.fromEntries(new FormData(form));
  try {
    const response = await fetch('/setup', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token, login, password }),
    });
    if (!response.ok) {
      const failure = await response.json();
      const field = Array.isArray(failure.detail) ? failure.detail[0]?.loc.at(-1) : undefined;
      return showProblem(text[wrong[field]] ?? text[`error.${failure.code}`] ?? text['error.internal']);
    }
  } catch {
    return showProblem(text['error.network']);
  }
  form.hidden = true;
  const done = document.getElementById('done');
  done.hidden = false;
  done.focus();
});
