"""The executable as a server, and requests that may fail because it was killed."""

import http.client
import json
import subprocess
import time
import urllib.parse
import uuid

# What a request may raise because nobody answers any more.
GONE = (OSError, http.client.HTTPException, EOFError)


class Server:
    """A server on a data folder. It ends with `kill`, `stop` or the block."""

    def __init__(self, fotota, place, config, **process):
        self.place = place
        path = place / "config.toml"
        path.write_text(config)
        command = [fotota, "--data", place / "data", "--config", path, "--json", "serve", "--bind", "127.0.0.1:0"]
        with (place / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, **process)

    def wait(self):
        """Until it listens. Returns itself, or None when it has ended before."""
        line = self.process.stdout.readline()
        if not line:
            return None
        said = json.loads(line)
        self.base = f"http://{said['bound']}"
        self.setup = (said["setup"] or "").partition("#")[2]
        self.ftp = said["ftp"]
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """As a service manager does; returns the exit status."""
        self.process.terminate()
        return self.process.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()


class Client:
    """Somebody with a token. Raises one of `GONE` when the server is killed, `Refused` when it says no."""

    def __init__(self, base, token=None):
        self.base, self.token = base, token

    def ask(self, method, path, body=None, headers=(), form=(), field="files"):
        headers = dict(headers)
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if form:
            border = uuid.uuid4().hex
            parts = [f'--{border}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode()
                     + content + b"\r\n" for name, content in form]
            body = b"".join(parts) + f"--{border}--\r\n".encode()
            headers["Content-Type"] = f"multipart/form-data; boundary={border}"
        elif body is not None and not isinstance(body, bytes):
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.base).netloc, timeout=60)
        try:
            target = urllib.parse.urlsplit(path)._replace(scheme="", netloc="").geturl()
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path):
        return self.ask("GET", path).json(200)

    def post(self, path, body, status=201):
        return self.ask("POST", path, body).json(status)


class Refused(Exception):
    pass


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self, *expected):
        if self.status not in expected:
            raise Refused(f"{self.status}: {self.body[:300]!r}")
        return json.loads(self.body or b"null")


def wait_until(done, what, seconds=180):
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.1)
