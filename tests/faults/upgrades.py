"""A data folder of an old version, whose upgrade is killed at random instants: the old database or the new one."""

import contextlib
import gzip
import hashlib
import pathlib
import shutil
import sqlite3
import subprocess
import time

OLD = 5
FIXTURE = pathlib.Path(__file__).parents[1] / f"fixtures/data-schema-{OLD}"
KEPT = ("select id, event_id, digest, sequence from photo", "select id, photo_id, embedding from face",
        "select id, name, share_code, created_at_ms from event")


def run(options, folder, chance, figures):
    """Kills upgrades, each of a fresh copy once the one before has come to its end. Returns what is wrong."""
    wrong, new = [], Latest(options.fotota, folder / "measured")
    for number in range(options.upgrades):
        data = folder / str(number)
        unpack(data)
        before, version = rows(data), OLD
        while version == OLD:
            process = subprocess.Popen(
                [options.fotota, "--data", data, "event", "list"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, new.seconds))
            process.kill()
            process.wait()
            figures["kills"] += 1
            version = schema(data / "fotota.db")
            wrong += look(data, version in (OLD, new.version), before)
        subprocess.run([options.fotota, "--data", data, "event", "list"], stdout=subprocess.DEVNULL, check=True)
        wrong += look(data, schema(data / "fotota.db") == new.version, before)
        shutil.rmtree(data)
    return wrong


class Latest:
    """What an upgrade that nobody kills ends with, and how long it takes."""

    def __init__(self, fotota, data):
        unpack(data)
        start = time.monotonic()
        subprocess.run([fotota, "--data", data, "event", "list"], stdout=subprocess.DEVNULL, check=True)
        self.seconds, self.version = time.monotonic() - start, schema(data / "fotota.db")
        if self.version == OLD:
            raise RuntimeError("nothing was upgraded")


def unpack(data):
    shutil.copytree(FIXTURE, data, ignore=shutil.ignore_patterns("README.md", "*.gz"))
    (data / "fotota.db").write_bytes(gzip.decompress((FIXTURE / "fotota.db.gz").read_bytes()))


def ask(database, sql):
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def schema(database):
    return ask(database, "pragma user_version")[0][0]


def rows(data):
    return {sql: sorted(ask(data / "fotota.db", sql)) for sql in KEPT}


def originals(data):
    """The bytes of photos that are known, wherever they are on their way."""
    files = [path for name in ("originals", "incoming") for path in (data / name).rglob("*") if path.is_file()]
    return {hashlib.sha256(path.read_bytes()).digest() for path in files}


def look(data, is_known, before):
    """What is wrong with a folder that no process uses."""
    wrong = [] if is_known else ["half an upgrade"]
    wrong += [line for line, in ask(data / "fotota.db", "pragma integrity_check") if line != "ok"]
    wrong += [f"rows differ: {sql}" for sql, found in rows(data).items() if found != before[sql]]
    digests = {digest for _, _, digest, _ in before[KEPT[0]]}
    if not digests <= originals(data):
        wrong.append("an original is lost")
    for kept in data.glob(f"fotota.db.schema-{OLD}"):
        wrong += [f"before the upgrade: {line}" for line, in ask(kept, "pragma integrity_check") if line != "ok"]
        if schema(kept) != OLD:
            wrong.append("the database from before the upgrade is none")
    return wrong
