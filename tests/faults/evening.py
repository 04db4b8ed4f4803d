"""An event that many change at once on a server that is killed again and again, in a data folder of its own."""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import threading
import time

import senders
from ledger import Ledger, State
from server import Client, Server, wait_until

CONFIG = """
[accounts]
access_token_minutes = 1440
[ftp]
enabled = true
port = 0
[storage]
durability = "{durability}"
"""
ACCOUNT = {"login": "studio@example.com", "password": "a good password"}
# Longest time between two kills of the server, in seconds.
LONGEST = 2.5


class Evening:
    def __init__(self, fotota, place, random, figures, durability="full"):
        self.fotota, self.place, self.random = fotota, place, random
        self.data, self.backup, self.folder = place / "data", place / "backup", place / "export"
        self.folder.mkdir(parents=True)
        self.config, self.forgives = CONFIG.format(durability=durability), False
        self.ledger = Ledger(figures)
        self.unfinished, self.whole, self.refused = [], [], []
        # How the operating system starts servers: `environment`, `before_start`.
        self.process = {}
        with self.start() as self.server:
            self.set_up()
            self.server.stop()

    def start(self):
        server = Server(self.fotota, self.place, self.config, **self.process).wait()
        if not server:
            raise RuntimeError((self.place / "server.log").read_text()[-2000:])
        return server

    def set_up(self):
        Client(self.server.base).post("/setup", {**ACCOUNT, "token": self.server.setup})
        self.sign_in()
        client = Client(self.server.base, self.token)
        self.event = client.post("/events", {"name": "Party", "password": "rahasia"})["id"]
        sources = f"/events/{self.event}/sources"
        client.post(sources, {"kind": "folder", "name": "Export", "folder": str(self.folder)})
        camera = client.post(sources, {"kind": "camera", "name": "Canon"})
        self.camera = client.get(f"{sources}/{camera['id']}/access")

    def sign_in(self):
        self.token = Client(self.server.base).post("/auth/local", ACCOUNT, 200)["access_token"]

    def ask(self, sql, *values):
        """The first column of a query."""
        with contextlib.closing(sqlite3.connect(f"file:{self.data / 'fotota.db'}?mode=ro", uri=True)) as database:
            return [row[0] for row in database.execute(sql, values)]

    def id_of(self, photo):
        found = self.ask("select id from photo where digest = ? and event_id = ?", photo.digest, photo.event)
        return found[0] if found else 0

    def kill(self):
        """Lets everybody work, and kills the server at a random instant. Returns what is wrong then."""
        self.ledger.figures["kills"] += 1
        if self.random.random() < 0.2:
            # While it starts.
            with Server(self.fotota, self.place, self.config) as server:
                time.sleep(self.random.random() / 4)
                server.kill()
            return self.check()
        with self.start() as self.server, self.work(senders.ALL):
            time.sleep(self.random.uniform(0.02, LONGEST))
            self.server.kill()
        return self.check()

    @contextlib.contextmanager
    def work(self, kinds):
        """Senders of these kinds, until the end of the block."""
        stop = threading.Event()
        threads = [threading.Thread(target=kind(self, self.child()).run, args=(stop,)) for kind in kinds]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def child(self):
        """Random numbers of its own for each thread."""
        return type(self.random)(self.random.getrandbits(64))

    def settle(self):
        """Lets a server clean up, and ends it as a service manager does."""
        with self.start() as server:
            wait_until(lambda: not self.ask("select 1 from purge limit 1"), "deleted files are not cleared")
            status = server.stop()
            if status != 0:
                self.refused.append(f"the server ended with {status}")

    def check(self):
        self.settle()
        broken = [f"database: {line}" for line in self.ask("pragma integrity_check") if line != "ok"]
        return broken + self.ledger.check(self.data, self.forgives)

    def finish(self):
        """The end, without kills: everything arrives and is whole."""
        self.ledger.acknowledge(*self.whole)
        with self.start() as self.server:
            self.sign_in()
            unfinished = senders.Tus(self, self.child())
            stop = threading.Event()
            while self.unfinished:
                unfinished.act(stop)
            pending = "select 1 from photo where state not in ('indexed', 'failed') limit 1"
            whole = {photo.digest for photo in self.whole if photo.state is State.ACKNOWLEDGED}
            taken = "select digest from photo where event_id = ?"
            wait_until(lambda: whole <= set(self.ask(taken, self.event)), "the hot folder's files do not arrive")
            wait_until(lambda: not self.ask(pending), "photos are not indexed", seconds=600)
        wrong = self.check()
        counts = self.ask("select count(*) from photo") + [
            sum(path.is_file() for path in (self.data / "originals").rglob("*")),
            sum(path.is_file() for path in (self.data / "incoming").rglob("*"))]
        if self.forgives:
            return wrong + self.refused
        if counts[0] != counts[1] or counts[2]:
            wrong.append(f"{counts[0]} photos, {counts[1]} originals, {counts[2]} files in incoming")
        return wrong + self.refused + self.look("doctor", "--deep") + self.restore()

    def look(self, *arguments, data=None):
        """What a command finds wrong."""
        command = [self.fotota, "--data", data or self.data, "--json", *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        return [] if done.returncode == 0 else [f"{arguments}: {done.stdout[-800:]} {done.stderr[-800:]}"]

    def restore(self):
        """Takes a last backup and restores it, with kills on the way."""
        other = self.place / "other"
        wrong = self.insist("backup", self.backup, data=self.data) or self.insist("restore", self.backup, data=other)
        if wrong:
            return wrong
        wrong = self.look("verify", self.backup) + self.look("doctor", "--deep", data=other)
        return wrong + [f"restored: {problem}" for problem in self.ledger.check(other)]

    def insist(self, *arguments, data):
        """Runs a command that is killed some times, until it comes to its end. Returns what it finds wrong."""
        for _ in range(3):
            command = [self.fotota, "--data", data, *arguments]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                time.sleep(self.random.random() / 5)
                if process.poll() is None:
                    process.kill()
                    self.ledger.figures["kills"] += 1
            if process.returncode == 0:
                return []
        return self.look(*arguments, data=data)

    def count(self):
        counts = {"sent": len(self.ledger.photos), "acknowledged": self.ledger.count(),
                  "deleted": self.ledger.count(State.DELETED)}
        self.ledger.figures.update(counts)

    def remove(self):
        shutil.rmtree(self.place)
