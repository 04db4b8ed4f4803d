"""Who is in a cluster: servers, workers, senders and guests at its servers."""

import contextlib
import os
import socket
import subprocess
import time

import senders
from server import GONE, Client, Refused

# By whom only they show; the third shows nobody.
GUESTS = ("Eileen_Collins_1.jpg", "Grace_Hopper_1.jpg")
SAMPLES = [(senders.DEMO / name).read_bytes() for name in ("DSC_0101.jpg", "DSC_0102.jpg", "DSC_0104.jpg")]
# Random bytes behind a sample make it a photo of its own.
TAIL = 16


class Process:
    """A server or a worker, started again on the same port and folder."""

    def __init__(self, cluster, name, *arguments):
        self.cluster, self.name, self.arguments = cluster, name, arguments
        self.log = cluster.place / f"{name}.log"
        self.process, self.environment = None, os.environ

    def start(self):
        command = [self.cluster.fotota, "--data", self.cluster.place / self.name, "--config", self.cluster.config,
                   "--json", *self.arguments]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=self.environment)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Returns what is wrong."""
        self.process.terminate()
        status = self.process.wait(90)
        return [] if status == 0 else [f"{self.name} ended with {status}"]


class Server(Process):
    """What senders know as a server."""

    def __init__(self, cluster, name):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        super().__init__(cluster, name, "serve", "--bind", f"127.0.0.1:{port}")
        self.base = f"http://127.0.0.1:{port}"
        self.environment = {**os.environ, "FOTOTA_NODES_ADDRESS": self.base}

    def answers(self):
        with contextlib.suppress(*GONE):
            return Client(self.base).ask("GET", "/health/live").status == 200
        return False


class View:
    """What a sender at one of the servers sees of the cluster."""

    def __init__(self, cluster, server):
        self.server, self.ledger, self.event = server, cluster.ledger, cluster.event
        self.token, self.unfinished, self.refused = cluster.token, cluster.unfinished, cluster.refused


class Patient:
    """Goes on where a server says that it is busy, as it does while the database or the bucket is away."""

    def act(self, stop):
        try:
            super().act(stop)
        except Refused as error:
            if not str(error).startswith("503"):
                raise
            time.sleep(0.2)

    def new(self):
        content = self.random.choice(SAMPLES) + self.random.randbytes(TAIL)
        return self.ledger.send(content, self.event)


class Form(Patient, senders.Form):
    pass


class Tus(Patient, senders.Tus):
    pass


class Guest:
    """Enters, takes a selfie, and looks at the photos, now here, now there."""

    def __init__(self, cluster, random, selfie):
        self.cluster, self.random = cluster, random
        self.selfie = (senders.DEMO.parent / "selfies" / selfie).read_bytes()
        self.found, self.cookies, self.answers = set(), {}, 0

    def run(self, stop):
        while not stop.is_set():
            try:
                self.look(stop)
            except GONE:
                pass
            except Refused as error:
                if not str(error).startswith(("503", "429")):
                    self.cluster.refused.append(f"guest: {error}")
            time.sleep(0.2)

    def look(self, stop):
        self.cookies = {}
        self.ask("POST", "/session", {"password": "rahasia"}, 204)
        self.ask("POST", "/consent", None, 204)
        self.note(self.ask("POST", "/search", self.selfie, 200))
        while not stop.is_set():
            time.sleep(self.random.random())
            # Also where another process has begun to answer for the event, which knows no face.
            answer = self.ask("GET", "/matches", None, 200, 404, 409)
            if answer is None:
                return
            self.note(answer)

    def ask(self, method, path, body, *expected):
        server = self.random.choice(self.cluster.servers)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if isinstance(body, bytes):
            headers["Content-Type"] = "image/jpeg"
        elif body is None:
            headers["Content-Type"] = "application/json"
        answer = Client(server.base).ask(method, f"/e/{self.cluster.code}{path}", body, headers)
        said = answer.json(*expected)
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, value = cookie.partition(";")[0].split("=", 1)
            self.cookies[name] = value
        return said if answer.status == expected[0] else None

    def note(self, found):
        self.answers += 1
        self.found.update(photo["id"] for part in ("sure", "maybe") for photo in found[part])
