#!/usr/bin/env python3
"""Searches in a thousand events of a thousand faces: how long one takes, and how many several servers answer.

    tests/with-postgres python3 tests/scale/searches.py [--fotota target/release/fotota] [--events 1000] [--seconds 10]

A search is `find-my-face` of an account with a stored selfie: everything but the networks. Faces are random unit
vectors, ten of each person; one person is in every event. Prints times of searches in events that are in memory and of
the first ones, what PostgreSQL plans for those, and how many searches 1, 2 and 4 servers answer, each with a quarter of
a core, in interleaved rounds; beside them one server on SQLite with the same events and the same quarter. Needs Linux,
root (cgroups of version 1), numpy and `psql`.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import uuid

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))
from evening import ACCOUNT  # noqa: E402
from server import Client, wait_until  # noqa: E402

ASSETS = pathlib.Path(__file__).resolve().parents[2] / "assets" / "demo"
PHOTOS, FACES_OF_PHOTO, FACES_OF_PERSON = 20, 50, 10
# What a server looks for at its start.
FILES = ("originals/{:02x}/{}.jpg", "derived/{:02x}/{}.preview.jpg", "derived/{:02x}/{}.thumb.jpg")
QUARTER = 0.25
CLIENTS = 8
# All events fit: a thousand of a thousand faces take about a gigabyte.
CONFIG = "[face]\nmemory_mb = 2048\n"
ROUNDS = 3
GROUPS = pathlib.Path("/sys/fs/cgroup/cpu")


class Server:
    """`fotota serve`, with a part of a core if it says so."""

    def __init__(self, fotota, folder, config):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.folder, self.group = folder, GROUPS / f"fotota-{uuid.uuid4().hex}"
        folder.mkdir(exist_ok=True)
        (folder / "config.toml").write_text(config.format(port=self.port))
        command = [fotota, "--data", folder / "data", "--config", folder / "config.toml", "--json", "serve",
                   "--bind", f"127.0.0.1:{self.port}"]
        self.log = folder / "log"
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.base = f"http://127.0.0.1:{self.port}"
        wait_until(self.answers, f"the server does not start: {self.log.read_text()[-2000:]}")

    def answers(self):
        with contextlib.suppress(OSError):
            return Client(self.base).ask("GET", "/health/live").status == 200
        return False

    def limit(self, cores):
        """`None`: as many as there are."""
        self.group.mkdir(exist_ok=True)
        (self.group / "cpu.cfs_period_us").write_text("20000")
        (self.group / "cpu.cfs_quota_us").write_text(str(int(20000 * cores) if cores else -1))
        (self.group / "cgroup.procs").write_text(str(self.process.pid))

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        if self.group.exists():
            self.group.rmdir()


class Postgres:
    def __init__(self, _):
        server = urllib.parse.urlsplit(os.environ["FOTOTA_TEST_POSTGRES"])
        name = f"scale_{uuid.uuid4().hex}"
        self.url = server._replace(path="/postgres").geturl()
        self.run(f"create database {name}")
        self.url = server._replace(path=f"/{name}").geturl()
        self.config = f'{CONFIG}[storage]\nurl = "{self.url}"\n'

    def run(self, *sql, text=None):
        command = ["psql", self.url, "-AtXq", "-v", "ON_ERROR_STOP=1"] + [part for one in sql for part in ("-c", one)]
        return subprocess.run(command, check=True, input=text, stdout=subprocess.PIPE, text=True).stdout

    def ask(self, sql):
        return [line.split("|") for line in self.run(sql).splitlines()]

    def insert(self, table, columns, rows):
        def field(value):
            return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
        text = "".join(",".join(map(field, row)) + "\n" for row in rows)
        self.run(f"copy {table} ({columns}) from stdin (format csv)", text=text)

    def finish(self, _):
        self.run("analyze")


class Sqlite:
    config = CONFIG

    def __init__(self, folder):
        self.file = folder / "sqlite" / "data" / "fotota.db"

    def connect(self):
        return contextlib.closing(sqlite3.connect(self.file))

    def ask(self, sql):
        with self.connect() as database:
            return database.execute(sql.replace("encode(embedding, 'hex')", "hex(embedding)")).fetchall()

    def insert(self, table, columns, rows):
        with self.connect() as database, database:
            holes = ", ".join("?" * len(columns.split(",")))
            database.executemany(f"insert into {table} ({columns}) values ({holes})", rows)

    def finish(self, fotota):
        subprocess.run([fotota, "--data", self.file.parent, "reindex"], check=True)


def prepare(fotota, folder, name, rows, events):
    """A server's database with the events. Returns the owner's token and the events."""
    server = Server(fotota, folder / name, rows.config)
    said = server.log.read_text()
    client = Client(server.base)
    client.post("/setup", {**ACCOUNT, "token": said[said.index("/setup#") + 7:].split('"')[0]})
    client.token = client.post("/auth/local", ACCOUNT, 200)["access_token"]
    event = client.post("/events", {"name": "First", "password": "rahasia"})["id"]
    photo, selfie = ASSETS / "photos" / "DSC_0101.jpg", ASSETS / "selfies" / "Eileen_Collins_1.jpg"
    client.ask("POST", f"/events/{event}/images", form=[("a.jpg", photo.read_bytes())]).json(201)
    client.ask("POST", "/users/me/selfie", form=[("a.jpg", selfie.read_bytes())],
               field="selfie_file").json(200)
    wait_until(lambda: rows.ask("select count(*) from face")[0][0] in (1, "1"), "the photo is not indexed")
    server.stop()
    fill(rows, server.folder / "data", events)
    rows.finish(fotota)
    return client.token, [int(row[0]) for row in rows.ask("select id from event where name = 'Synthetic'")]


def fill(rows, data, events):
    chance, vectors = random.Random(1), numpy.random.default_rng(1)
    (pack, embedding), = rows.ask("select pack_id, encode(embedding, 'hex') from selfie")
    known = numpy.frombuffer(bytes.fromhex(embedding), "<f2").astype("f4")
    (owner,), = rows.ask("select id from account")
    now = int(time.time() * 1000)
    identify = lambda: chance.getrandbits(52) + 1
    ids = [identify() for _ in range(events)]
    rows.insert("event", "id,name,share_code,created_at_ms,owner_id,photos_recorded,photos_indexed",
                [(one, "Synthetic", f"{number:016d}", now, owner, PHOTOS, PHOTOS) for number, one in enumerate(ids)])
    people = PHOTOS * FACES_OF_PHOTO // FACES_OF_PERSON
    for event in ids:
        centres = vectors.normal(size=(people, len(known))).astype("f4")
        centres[0] = known
        who = numpy.arange(PHOTOS * FACES_OF_PHOTO) % people
        faces = unit(centres)[who] * 0.75
        faces += vectors.normal(size=faces.shape).astype("f4") * (0.66 / len(known) ** 0.5)
        faces = unit(faces).astype("<f2")
        photos = [identify() for _ in range(PHOTOS)]
        rows.insert(
            "photo", "id,event_id,file_name,digest,size_bytes,width,height,state,created_at_ms,sequence,"
            "indexed_sequence,moment_ms,pack_id,faces",
            [(photo, event, f"{number}.jpg", chance.randbytes(32), 1, 6000, 4000, "indexed", now, number + 1,
              number + 1, now, pack, FACES_OF_PHOTO) for number, photo in enumerate(photos)])
        for file in (data / name.format(photo & 0xFF, photo) for photo in photos for name in FILES):
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(b"x")
        rows.insert(
            "face", "id,photo_id,event_id,pack_id,x,y,w,h,score,size_px,sharpness,yaw,embedding",
            [(identify(), photos[number // FACES_OF_PHOTO], event, pack, 500 * (number % FACES_OF_PHOTO), 300, 200, 260,
              0.9, 200, 100, 0, face.tobytes()) for number, face in enumerate(faces)])


def unit(rows):
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def search(connection, token, event):
    """How long, in milliseconds, and how many photos."""
    begin = time.perf_counter()
    connection.request("GET", f"/events/{event}/find-my-face", headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        sys.exit(f"{answer.status}: {body[:300]!r}")
    return (time.perf_counter() - begin) * 1000, len(json.loads(body))


def one_after_the_other(server, token, events):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    times, found = zip(*(search(connection, token, event) for event in events))
    times = sorted(times)
    part = lambda share: times[min(len(times) - 1, int(len(times) * share))]
    print(f"  p50 {part(0.5):.1f} ms, p95 {part(0.95):.1f} ms, most {times[-1]:.1f} ms; "
          f"{min(found)} to {max(found)} photos")


def throughput(servers, token, events, seconds):
    """Searches a second, by clients that use one server each."""
    counts, end = [0] * CLIENTS, time.monotonic() + seconds

    def run(number):
        chance = random.Random(number + time.monotonic_ns())
        connection = http.client.HTTPConnection("127.0.0.1", servers[number % len(servers)].port, timeout=60)
        while time.monotonic() < end:
            search(connection, token, chance.choice(events))
            counts[number] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fotota", type=pathlib.Path, default="target/release/fotota")
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--config", default="", help="of each server on PostgreSQL besides; {port} is its port")
    options = parser.parse_args()
    fotota = options.fotota.resolve()
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        rows, own = Postgres(folder), Sqlite(folder)
        token, events = prepare(fotota, folder, "postgres", rows, options.events)
        own_token, own_events = prepare(fotota, folder, "sqlite", own, options.events)
        print(rows.run(f"explain select id, photo_id, embedding from face where event_id = {events[0]}"))
        config = rows.config + options.config
        # They share a data folder: no picture is asked for.
        servers = [Server(fotota, folder / "postgres", config) for _ in range(4)]
        alone = Server(fotota, folder / "sqlite", own.config)
        try:
            print("first searches, PostgreSQL:")
            one_after_the_other(servers[0], token, events)
            print("in memory, PostgreSQL:")
            one_after_the_other(servers[0], token, random.Random(2).sample(events, len(events)))
            print("first searches, SQLite:")
            one_after_the_other(alone, own_token, own_events)
            print("in memory, SQLite:")
            one_after_the_other(alone, own_token, random.Random(2).sample(own_events, len(own_events)))
            for server in servers[1:]:
                one_after_the_other(server, token, events)
            for server in [*servers, alone]:
                server.limit(QUARTER)
            found = {1: [], 2: [], 4: [], "SQLite": []}
            for _ in range(ROUNDS):
                for count in (1, 2, 4):
                    found[count].append(throughput(servers[:count], token, events, options.seconds))
                found["SQLite"].append(throughput([alone], own_token, own_events, options.seconds))
            base = statistics.median(found[1])
            for name, rates in found.items():
                rate = statistics.median(rates)
                print(f"{name}: {rate:.0f} searches a second ({rate / base:.2f} of one server), "
                      f"rounds {', '.join(f'{one:.0f}' for one in rates)}")
        finally:
            for server in [*servers, alone]:
                server.stop()


if __name__ == "__main__":
    main()
