// The first admin's account. The link's token stands behind the "#", which browsers send nowhere.

const { text } = JSON.parse(document.getElementById('boot').textContent);
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
      // For values that are not taken the server says what it expects of them.
      const detail = Array.isArray(failure.detail) ? failure.detail.map((issue) => issue.msg).join('; ') : undefined;
      return showProblem(detail ?? text[`error.${failure.code}`] ?? text['error.internal']);
    }
  } catch {
    return showProblem(text['error.network']);
  }
  form.hidden = true;
  const done = document.getElementById('done');
  done.hidden = false;
  done.focus();
});
