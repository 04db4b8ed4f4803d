"""An event goes from one computer to another and back, while either is killed at random instants."""

import contextlib
import hashlib
import sqlite3
import subprocess
import time
import urllib.parse

from evening import ACCOUNT
from senders import SAMPLES
from server import Client, Server, wait_until

# More than one part of a move.
PHOTOS = 60
SIZE = 2_000_000
USER = {"login": "grace", "password": "a good password"}
CONFIG = '[accounts]\nregistration = "open"\n'


class Computer:
    """A data folder with its server."""

    def __init__(self, fotota, place):
        self.fotota, self.place, self.data = fotota, place, place / "data"
        place.mkdir(parents=True)
        self.server = None
        self.start()
        Client(self.base).post("/setup", {**ACCOUNT, "token": self.server.setup})

    def start(self):
        self.server = Server(self.fotota, self.place, CONFIG).wait()
        if not self.server:
            raise RuntimeError((self.place / "server.log").read_text()[-2000:])
        self.base = self.server.base

    def restart(self):
        self.server.kill()
        self.start()

    def run(self, *arguments):
        command = [self.fotota, "--data", self.data, *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)

    def say(self, *arguments):
        process = self.run(*arguments)
        said, errors = process.communicate(timeout=120)
        if process.returncode:
            raise RuntimeError(f"{arguments}: {errors}")
        return said.strip()

    def admin(self):
        return Client(self.base, Client(self.base).post("/auth/local", ACCOUNT, 200)["access_token"])

    def reception(self):
        return self.base + "/receive#" + self.say("event", "receive").partition("#")[2].split()[0]

    def ask(self, sql):
        with contextlib.closing(sqlite3.connect(f"file:{self.data / 'fotota.db'}?mode=ro", uri=True)) as database:
            return database.execute(sql).fetchall()

    def content(self):
        """What must be the same on both sides: rows, faces, and the bytes of each original."""
        columns = "id, file_name, digest, state, hidden, moment_ms, faces, format"
        photos = self.ask(f"select {columns} from photo order by id")
        files = []
        for photo in photos:
            path = self.data / "originals" / f"{photo[0] & 255:02x}" / f"{photo[0]}.{photo[7]}"
            files.append(hashlib.sha256(path.read_bytes()).digest() == photo[2])
        faces = self.ask("select photo_id, x, y, embedding from face order by photo_id, x, y")
        kept = self.ask("select user_id, photo_id from bookmark order by id")
        # A guest who went along has a session on each side.
        marks = self.ask("select distinct photo_id, kind from guest_mark order by photo_id, kind")
        return photos, files, faces, kept, marks


def run(options, folder, chance, figures):
    laptop, server = (Computer(options.fotota.resolve(), folder / name) for name in ("laptop", "server"))
    try:
        return list(play(options, laptop, server, chance, figures))
    finally:
        for computer in (laptop, server):
            computer.server.kill()


def play(options, laptop, server, chance, figures):
    admin = laptop.admin()
    event = admin.post("/events", {"name": "Party", "password": "rahasia"})["id"]
    code = admin.get(f"/events/{event}")["share_code"]
    for start in range(0, PHOTOS, 10):
        form = [(f"{n:03}.jpg", SAMPLES[n % 2] + chance.randbytes(SIZE)) for n in range(start, start + 10)]
        admin.ask("POST", f"/events/{event}/images", form=form).json(201)
    wait_until(lambda: admin.get(f"/events/{event}")["indexed_by_robota"], "indexing")
    photo = laptop.ask("select id from photo limit 1")[0][0]
    registered = Client(laptop.base).post("/auth/register", USER)
    user = Client(laptop.base, registered["access_token"])
    user.post(f"/events/{event}/access", {"password": "rahasia"}, 200)
    user.post("/fotota", {"image_ids": [photo]})
    guest = enter(laptop, code)
    follow_up(laptop, guest, "PUT", f"/e/{code}/photos/{photo}/marks/bookmark", 204)
    for source, target in ((laptop, server), (server, laptop)):
        yield from interrupt(options.interruptions, source, target, event, chance, figures)
        for was, came in zip(source.content(), target.content()):
            differences = [row for row in zip(was, came) if row[0] != row[1]]
            if differences or len(was) != len(came):
                yield f"{len(was)} rows, and {len(came)} after the move: {differences[:1]}"
        if not all(target.content()[1]):
            yield "an original has other bytes"
        answer = Client(source.base).ask("GET", f"/e/{code}")
        if (answer.status, answer.headers["location"]) != (307, f"{target.base}/e/{code}"):
            yield f"the link leads to {answer.headers['location']}"
        guest = go_along(source, target, code, guest)
        kept = follow_up(target, guest, "GET", f"/e/{code}/bookmarks", 200)["items"]
        if [item["id"] for item in kept] != [photo]:
            yield f"the guest's favourites are {kept}"
        token = Client(target.base).post("/auth/local", USER, 200)
        favourites = Client(target.base, token["access_token"]).get("/fotota")
        if [group["event_id"] for group in favourites] != [event]:
            yield f"the user's favourites are {favourites}"


def interrupt(times, source, target, event, chance, figures):
    """Sends the event, and kills one side again and again. Then to the end."""
    address = target.reception()
    for _ in range(times):
        sender = source.run("event", "send", str(event), address)
        time.sleep(chance.random() * 1.5)
        figures["kills"] += 1
        if chance.random() < 0.5:
            sender.kill()
        else:
            target.restart()
            sender.kill()
            address = target.base + "/receive#" + address.partition("#")[2]
        sender.communicate()
        lost = [row for row in target.ask("select id from photo where state = 'failed'")]
        if lost:
            yield f"{len(lost)} photos failed"
    figures["sent"] += PHOTOS
    source.say("event", "send", str(event), address)
    wait_until(lambda: not target.ask("select 1 from photo where state = 'pending'"), "indexing")
    figures["acknowledged"] += len(target.ask("select 1 from photo"))


def enter(computer, code):
    answer = Client(computer.base).ask("POST", f"/e/{code}/session", {"password": "rahasia"})
    return cookie(answer)


def cookie(answer):
    return answer.headers["set-cookie"].partition(";")[0]


def follow_up(computer, guest, method, path, status):
    return Client(computer.base).ask(method, path, headers={"Cookie": guest}.items()).json(status)


def go_along(source, target, code, guest):
    """A guest opens the event where it was, and gets to where it is with the session."""
    answer = Client(source.base).ask("GET", f"/e/{code}", headers={"Cookie": guest}.items())
    key = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["location"]).fragment)["k"][0]
    return cookie(Client(target.base).ask("POST", f"/e/{code}/session", {"key": key}))
