"""Faults of the computer around a running server: each scenario returns what is wrong."""

import os
import pathlib
import resource
import shutil
import socket
import subprocess
import time

import senders
from evening import Evening
from server import wait_until
from volatile import Mount

# Commands of a photographer have scenarios of their own.
SENDERS = (senders.Form, senders.Tus, senders.Camera, senders.HotFolder, senders.Deleter)
FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
HOUR = 3600


class Disk:
    """A small disk for a data folder, in memory."""

    def __init__(self, point):
        point.mkdir(parents=True)
        self.point = point
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m,mode=700", "none", point], check=True)

    def change(self, option):
        subprocess.run(["mount", "-o", f"remount,{option}", self.point], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.point], check=True)


def disturb(evening, start, end):
    """Senders work before, during and after a fault, with one server. Returns their refusals meanwhile."""
    with evening.start() as evening.server, evening.work(SENDERS):
        time.sleep(1)
        before = len(evening.refused)
        start()
        wait_until(lambda: len(evening.refused) > before + 5, "nobody is refused")
        end()
        refused = evening.refused[before:]
        known = evening.ledger.count()
        wait_until(lambda: evening.ledger.count() > known + 5, "the server does not go on")
        # Who was being refused when the fault ended.
        evening.refused = evening.refused[:before]
        evening.server.stop()
    return refused


def full_disk(fotota, place, random, figures):
    with Disk(place / "data") as disk:
        evening = Evening(fotota, place, random, figures)

        def fill():
            used = shutil.disk_usage(disk.point).used
            disk.change(f"size={used + (12 << 20)}")

        refused = disturb(evening, fill, lambda: disk.change("size=1g"))
        return [refusal for refusal in refused if "disk" not in refusal] + evening.finish()


def read_only_disk(fotota, place, random, figures):
    """As the system makes a disk that has errors."""
    evening = Evening(fotota, place, random, figures)
    evening.data.rename(place / "before")
    disk = Mount(place, place / "before")
    try:
        disturb(evening, lambda: disk.tell("read-only"), lambda: disk.tell("on"))
    finally:
        disk.end()
    disk.under.rename(evening.data)
    return evening.finish()


def database_replaced(fotota, place, random, figures):
    evening = Evening(fotota, place, random, figures)
    database, aside = evening.data / "fotota.db", evening.data / "aside.db"
    with evening.start() as evening.server, evening.work(SENDERS):
        time.sleep(1)
        shutil.copy(database, place / "older.db")
        os.link(database, aside)
        os.replace(place / "older.db", database)
        known = len(evening.refused)
        wait_until(lambda: len(evening.refused) > known + 5, "nobody is refused")
        evening.server.kill()
    evening.refused = evening.refused[:known]
    os.replace(aside, database)
    return evening.finish()


def card_pulled(fotota, place, random, figures):
    evening = Evening(fotota, place, random, figures)
    content = place / "content"
    content.mkdir()
    sender = senders.Sender(evening, random)
    photos = [sender.new() for _ in range(400)]
    for photo in photos:
        (content / sender.name()).write_bytes(photo.content)
    (place / "card").mkdir()
    card = Mount(place / "card", content)
    command = [fotota, "--data", evening.data, "import", str(evening.event), card.point]
    try:
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            wait_until(lambda: evening.ask("select 1 from photo"), "nothing is imported")
            card.tell("off")
            said = process.communicate()[1]
        is_said = process.returncode == 6 and "could not be read" in said
        wrong = [] if is_said else [f"{process.returncode}: {said[-500:]}"]
        card.tell("on")
        wrong += evening.look("import", str(evening.event), card.point)
    finally:
        card.end()
    evening.ledger.acknowledge(*photos)
    return wrong + evening.finish()


def clock_jumps(fotota, place, random, figures):
    """Hours and a month forwards, a day backwards, and right again; a start in seventy years erases nothing."""
    if not FAKETIME.exists():
        raise FileNotFoundError(f"{FAKETIME}, from the package libfaketime")
    evening = Evening(fotota, place, random, figures)
    clock = place / "clock"

    def set_clock(offset):
        now = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() + offset))
        (place / "clock.new").write_text(f"@{now}")
        os.replace(place / "clock.new", clock)

    set_clock(0)
    evening.process["env"] = {
        **os.environ, "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1"}
    with evening.start() as evening.server:
        for offset in (12 * HOUR, -12 * HOUR, 30 * 24 * HOUR, 0):
            set_clock(offset)
            evening.sign_in()
            known = evening.ledger.count()
            with evening.work(SENDERS):
                wait_until(lambda: evening.ledger.count() > known + 10, f"nothing arrives {offset} s away")
        evening.server.stop()
    # Long after the day on which faces end. The janitor cleans up as soon as a server starts.
    set_clock(70 * 365 * 24 * HOUR)
    with evening.start() as evening.server:
        log = place / "server.log"
        wait_until(lambda: "clock has jumped" in log.read_text(), "the log says nothing of the clock")
        evening.server.stop()
    gone = evening.ask("select name from event where faces_deleted_at_ms is not null")
    evening.process.clear()
    return [f"the faces of {name} were deleted by a clock that jumped" for name in gone] + evening.finish()


def no_descriptors(fotota, place, random, figures):
    """Connections that do nothing use up all files that the server may have open."""
    evening = Evening(fotota, place, random, figures)
    evening.process["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    idle = []

    def connect():
        host, port = evening.server.base.removeprefix("http://").rsplit(":", 1)
        idle.extend(socket.create_connection((host, int(port)), timeout=5) for _ in range(400))

    with evening.start() as evening.server, evening.work(SENDERS):
        time.sleep(1)
        connect()
        time.sleep(1)
        for connection in idle:
            connection.close()
        known = evening.ledger.count()
        wait_until(lambda: evening.ledger.count() > known + 10, "the server does not go on")
        evening.server.stop()
    evening.process.clear()
    # Refusals were right.
    evening.refused.clear()
    return evening.finish()


ALL = (full_disk, read_only_disk, card_pulled, clock_jumps, no_descriptors, database_replaced)
