"""Everybody who changes an event at once: each in a thread of its own, until `stop` is set.

A sender writes a promise into the ledger when it has the server's answer. One that is refused or cut off goes on.
"""

import base64
import ftplib
import io
import os
import pathlib
import sqlite3
import subprocess
import time

from server import GONE, Client, Refused

DEMO = pathlib.Path(__file__).resolve().parents[2] / "assets" / "demo" / "photos"
# Of one person, and of nobody.
SAMPLES = [(DEMO / name).read_bytes() for name in ("DSC_0101.jpg", "DSC_0104.jpg")]
COPIES = 0.1


class Sender:
    """What senders share. `evening` has the event, the ledger and the running server."""

    def __init__(self, evening, random):
        self.evening, self.random = evening, random
        self.ledger, self.event = evening.ledger, evening.event
        self.client = Client(evening.server.base, evening.token)

    def run(self, stop):
        while not stop.is_set():
            try:
                self.act(stop)
            except Refused as error:
                self.evening.refused.append(f"{type(self).__name__}: {error}")
            except (*GONE, ftplib.Error, sqlite3.Error):
                if not stop.is_set():
                    time.sleep(0.05)

    def new(self):
        """A photo that nobody has sent before."""
        content = self.random.choice(SAMPLES) + self.random.randbytes(16)
        return self.ledger.send(content, self.event)

    def name(self):
        return f"{self.random.getrandbits(64):016x}.jpg"


class Form(Sender):
    """Uploads by form, sometimes of a photo that the event has already."""

    def act(self, _):
        with self.ledger.borrow(self.random, self.event) as known:
            photos = [self.new() for _ in range(self.random.randint(1, 3))]
            if known and self.random.random() < COPIES:
                photos.append(known)
            form = [(self.name(), photo.content) for photo in photos]
            self.client.ask("POST", f"/events/{self.event}/images", form=form).json(201)
            self.ledger.acknowledge(*photos)


class Tus(Sender):
    """Uploads in pieces. Those that are cut off go on with the next server."""

    def act(self, stop):
        path, photo = self.evening.unfinished.pop() if self.evening.unfinished else self.create()
        try:
            while not stop.is_set():
                if self.send_piece(path, photo):
                    return
        except Refused as error:
            # Those with an unknown id were created by a request that a kill cut off.
            if not str(error).startswith("404"):
                raise
            return
        except GONE:
            pass
        self.evening.unfinished.append((path, photo))

    def create(self):
        photo = self.new()
        metadata = "filename " + base64.b64encode(self.name().encode()).decode()
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(photo.content)), "Upload-Metadata": metadata}
        answer = self.client.ask("POST", f"/events/{self.event}/uploads", headers=headers)
        answer.json(201)
        return answer.headers["Location"], photo

    def send_piece(self, path, photo):
        """Whether that was the last one."""
        head = self.client.ask("HEAD", path, headers={"Tus-Resumable": "1.0.0"})
        head.json(200)
        offset = int(head.headers["Upload-Offset"])
        piece = photo.content[offset:offset + self.random.randint(1, len(photo.content))]
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset),
                   "Content-Type": "application/offset+octet-stream"}
        answer = self.client.ask("PATCH", path, piece, headers)
        answer.json(204)
        if not answer.headers.get("Upload-Photo"):
            return False
        self.ledger.acknowledge(photo)
        return True


class Camera(Sender):
    """Sends by FTP."""

    def act(self, stop):
        host, port = self.evening.server.ftp.rsplit(":", 1)
        login = self.evening.camera
        with ftplib.FTP(timeout=60) as ftp:
            ftp.connect(host, int(port))
            ftp.login(login["login"], login["password"])
            while not stop.is_set():
                photo = self.new()
                ftp.storbinary(f"STOR {self.name()}", io.BytesIO(photo.content))
                self.ledger.acknowledge(photo)


class HotFolder(Sender):
    """Another program that writes into a hot folder. Its files need no answer: when they are whole, they count."""

    def act(self, _):
        photo, name = self.new(), self.name()
        if self.random.random() < 0.5:
            temporary = self.evening.folder / f"{name}.tmp"
            temporary.write_bytes(photo.content)
            os.rename(temporary, self.evening.folder / name)
        else:
            with (self.evening.folder / name).open("wb") as file:
                for part in range(3):
                    third = len(photo.content) // 3 + 1
                    file.write(photo.content[part * third:(part + 1) * third])
                    file.flush()
                    time.sleep(self.random.random() / 10)
        self.evening.whole.append(photo)
        time.sleep(self.random.random() / 2)


class Deleter(Sender):
    """The photographer, who deletes photos, and now and then an event."""

    def act(self, _):
        if self.random.random() < 0.2:
            self.delete_event()
        time.sleep(self.random.random() / 10)
        photo = self.ledger.begin_deletion(self.random, self.event)
        if photo:
            self.client.ask("DELETE", f"/images/{self.evening.id_of(photo)}").json(204)
            self.ledger.delete(photo)

    def delete_event(self):
        event = self.client.post("/events", {"name": "Small", "password": "rahasia"})["id"]
        photo = self.ledger.send(SAMPLES[1] + self.random.randbytes(16), event)
        self.client.ask("POST", f"/events/{event}/images", form=[(self.name(), photo.content)]).json(201)
        self.ledger.acknowledge(photo)
        photo = self.ledger.begin_deletion(self.random, event)
        self.client.ask("DELETE", f"/events/{event}").json(204)
        self.ledger.delete(photo)


class Command(Sender):
    """A command of the executable beside the server. It is killed on its own in one of two runs."""

    def run_command(self, stop, *arguments):
        """Whether it came to its end."""
        command = [self.evening.fotota, "--data", self.evening.data, "--json", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        end = time.monotonic() + (self.random.random() if self.random.random() < 0.5 else 60)
        while process.poll() is None and time.monotonic() < end and not stop.is_set():
            time.sleep(0.005)
        if process.poll() is None:
            process.kill()
            self.ledger.figures["kills"] += 1
        output = process.communicate()[0]
        if process.returncode not in (0, -9):
            raise Refused(f"{process.returncode}: {output[-500:]}")
        return process.returncode == 0


class Import(Command):
    def act(self, stop):
        folder = self.evening.place / "cards" / self.name()
        folder.mkdir(parents=True)
        photos = [self.new() for _ in range(3)]
        for photo in photos:
            (folder / self.name()).write_bytes(photo.content)
        if self.run_command(stop, "import", str(self.event), folder):
            self.ledger.acknowledge(*photos)


class Reindex(Command):
    def act(self, stop):
        self.run_command(stop, "reindex")
        time.sleep(self.random.random())


class Backup(Command):
    def act(self, stop):
        if self.run_command(stop, "backup", self.evening.backup):
            self.ledger.figures["backups"] += 1
        time.sleep(self.random.random())


ALL = (Form, Tus, Camera, HotFolder, Deleter, Import, Reindex, Backup)
