"""Several servers and workers over one database and one bucket, any of which ends at any instant.

Two servers, whose own cores are the guests', and three workers. Senders use both servers, and two guests search and
look at their photos at either. Meanwhile one process after the other is killed and started again, the database's
server is killed twice, and the bucket's stands still for half a minute. At the end each photo that was acknowledged is
there once, with its bytes and indexed, and no guest has ever seen a photo that the other one alone is in.
"""

import hashlib
import os
import shlex
import signal
import subprocess
import threading
import time
import urllib.parse

from evening import ACCOUNT
from ledger import Ledger, State
from nodes import TAIL, GUESTS, SAMPLES, Form, Guest, Process, Server, Tus, View
from server import Client, wait_until

CONFIG = """
[accounts]
access_token_minutes = 1440
[intake]
work = false
workers = 1
[storage]
url = "{database}"
[storage.bucket]
name = "fotota"
prefix = "cluster-{prefix}"
endpoint = "{bucket}"
key_id = "fotota"
secret_key = "fotota-secret"
"""
# In seconds.
LONGEST = 8
BUCKET_AWAY = 30


def run(options, folder, chance, figures):
    """Returns what is wrong."""
    missing = [name for name in ("FOTOTA_TEST_POSTGRES", "FOTOTA_TEST_BUCKET") if name not in os.environ]
    if missing:
        return [f"{missing}: run it within tests/with-postgres and tests/with-bucket"]
    return Cluster(options, folder, chance, figures).run()


class Cluster:
    def __init__(self, options, folder, chance, figures):
        self.fotota, self.place, self.random, self.figures = options.fotota.resolve(), folder, chance, figures
        self.kills, self.photos = options.cluster_kills, options.photos
        self.ledger, self.unfinished, self.refused = Ledger(figures), [], []
        self.database = self.create_database()
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(
            database=self.database, bucket=os.environ["FOTOTA_TEST_BUCKET"], prefix=chance.getrandbits(64)))
        self.servers = [Server(self, f"server-{number}") for number in range(2)]
        self.workers = [Process(self, f"worker-{number}", "work") for number in range(3)]
        self.processes = self.servers + self.workers

    def create_database(self):
        server = urllib.parse.urlsplit(os.environ["FOTOTA_TEST_POSTGRES"])
        name = f"cluster_{self.random.getrandbits(64)}"
        self.database = server._replace(path="/postgres").geturl()
        self.ask(f"create database {name}")
        return server._replace(path=f"/{name}").geturl()

    def ask(self, sql):
        """Lines of a query."""
        command = ["psql", self.database, "-AtX", "-v", "ON_ERROR_STOP=1", "-c", sql]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()

    def run(self):
        try:
            for process in self.processes:
                process.start()
                if process is self.servers[0]:
                    self.wait_for(process)
            self.set_up()
            return self.break_things() + self.check() + self.refused
        finally:
            for process in self.processes:
                if process.process:
                    process.kill()

    def wait_for(self, server):
        wait_until(server.answers, f"{server.name} does not answer: {server.log.read_text()[-2000:]}")

    def set_up(self):
        first = self.servers[0]
        said = first.log.read_text()
        token = said[said.index("/setup#") + 7:].split('"')[0]
        client = Client(first.base)
        client.post("/setup", {**ACCOUNT, "token": token})
        self.token = client.token = client.post("/auth/local", ACCOUNT, 200)["access_token"]
        event = client.post("/events", {"name": "Party", "password": "rahasia"})
        self.event, self.code = event["id"], self.ask("select share_code from event")[0]
        for server in self.servers:
            self.wait_for(server)

    def break_things(self):
        """Kills while everybody works, until enough photos are there."""
        stop, threads = threading.Event(), []
        kinds = [kind(View(self, server), self.child()).run for server in self.servers for kind in (Form, Tus)]
        self.guests = [Guest(self, self.child(), selfie) for selfie in GUESTS]
        for target in kinds + [guest.run for guest in self.guests]:
            threads.append(threading.Thread(target=target, args=(stop,)))
            threads[-1].start()
        wrong = []
        try:
            for number in range(self.kills):
                time.sleep(self.random.uniform(0.5, LONGEST))
                wrong += self.disturb(number)
            wait_until(lambda: self.ledger.count() >= self.photos, "too few photos arrive", seconds=1800)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        return wrong

    def disturb(self, number):
        """Returns what is wrong."""
        if number in (self.kills // 3, self.kills * 2 // 3):
            subprocess.run(shlex.split(os.environ["FOTOTA_RESTART_POSTGRES"]), check=True, stdout=subprocess.DEVNULL)
        if number == self.kills // 2:
            bucket = int(os.environ["FOTOTA_BUCKET_PID"])
            os.kill(bucket, signal.SIGSTOP)
            time.sleep(BUCKET_AWAY)
            os.kill(bucket, signal.SIGCONT)
        process = self.random.choice(self.processes)
        ended = process.process.poll()
        process.kill()
        process.start()
        self.figures["kills"] += 1
        # Nothing but a kill ends them.
        return [f"{process.name} had ended with {ended}"] if ended is not None else []

    def child(self):
        return type(self.random)(self.random.getrandbits(64))

    def check(self):
        for server in self.servers:
            self.wait_for(server)
        unfinished = Tus(View(self, self.servers[0]), self.child())
        while self.unfinished:
            unfinished.act(threading.Event())
        pending = "select count(*) from photo where state = 'pending'"
        wait_until(lambda: self.ask(pending) == ["0"], "photos are not indexed", seconds=1800)
        wrong = self.compare() + self.look_at_guests() + self.doctor()
        for process in self.processes:
            wrong += process.stop()
        self.figures.update({"sent": len(self.ledger.photos), "acknowledged": self.ledger.count(),
                             "searches": sum(guest.answers for guest in self.guests)})
        return wrong

    def compare(self):
        """Rows and originals with what was promised."""
        rows = [line.split("|") for line in self.ask(
            "select encode(digest, 'hex'), id, state, faces from photo")]
        self.ids = {digest: int(photo) for digest, photo, _, _ in rows}
        wrong = [f"{photo} is {state}" for _, photo, state, _ in rows if state != "indexed"]
        wrong += [f"doubled: {len(rows)} rows, {len(self.ids)} photos"] * (len(rows) != len(self.ids))
        known = {photo.digest.hex(): photo for photo in self.ledger.photos.values()}
        for digest, photo in known.items():
            if photo.state is State.ACKNOWLEDGED and digest not in self.ids:
                self.figures["lost"] += 1
                wrong.append(f"lost: {digest[:12]}")
        for digest, photo, _, faces in rows:
            expected = known.get(digest)
            if not expected:
                self.figures["unknown"] += 1
                wrong.append(f"unknown: {photo}")
            elif int(faces) != (expected.content[:-TAIL] != SAMPLES[2]):
                wrong.append(f"{photo} has {faces} faces")
        originals = self.originals()
        if originals != set(self.ids):
            missing, other = len(set(self.ids) - originals), len(originals - set(self.ids))
            wrong.append(f"{missing} originals are missing, {other} are of nobody")
        return wrong

    def originals(self):
        """Hashes of all originals, as the owner gets them."""
        client, hashes, page, pages = Client(self.servers[1].base, self.token), set(), 1, 1
        while page <= pages:
            found = client.get(f"/events/{self.event}/my-event-images?limit=100&page={page}")
            for item in found["items"]:
                hashes.add(hashlib.sha256(client.ask("GET", item["original_url"]).body).hexdigest())
            page, pages = page + 1, found["total_pages"]
        return hashes

    def look_at_guests(self):
        """No guest has seen a photo that only the other one is in."""
        shows = {self.ids[photo.digest.hex()]: SAMPLES.index(photo.content[:-TAIL])
                 for photo in self.ledger.photos.values() if photo.digest.hex() in self.ids}
        wrong = []
        for own, guest in enumerate(self.guests):
            foreign = sum(shows.get(photo) not in (own, None) for photo in guest.found)
            if foreign or not guest.found:
                wrong.append(f"{GUESTS[own]} saw {len(guest.found)} photos, {foreign} of others")
        return wrong

    def doctor(self):
        data = self.place / "server-0"
        command = [self.fotota, "--data", data, "--config", self.config, "--json", "doctor", "--deep"]
        done = subprocess.run(command, capture_output=True, text=True)
        return [] if done.returncode == 0 else [f"doctor: {done.stdout[-800:]} {done.stderr[-800:]}"]
