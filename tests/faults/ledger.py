"""What senders were promised, and whether a data folder keeps it."""

import collections
import contextlib
import dataclasses
import enum
import hashlib
import sqlite3
import threading


class State(enum.Enum):
    SENT = "sent, without an answer"
    ACKNOWLEDGED = "acknowledged"
    DELETING = "asked to be deleted, without an answer"
    DELETED = "deleted"
    FORGIVEN = "lost as documented"


@dataclasses.dataclass
class Photo:
    digest: bytes
    content: bytes
    event: int
    state: State = State.SENT
    # Whether a sender sends it a second time just now.
    busy: bool = False


class Ledger:
    """Photos by the digest of their bytes. Threads share it."""

    def __init__(self, figures):
        self.photos = {}
        self.lock = threading.Lock()
        self.figures = figures

    def send(self, content, event):
        """Notes a photo before it is sent."""
        digest = hashlib.sha256(content).digest()
        with self.lock:
            return self.photos.setdefault(digest, Photo(digest, content, event))

    def acknowledge(self, *photos):
        with self.lock:
            for photo in photos:
                if photo.state is State.SENT:
                    photo.state = State.ACKNOWLEDGED

    @contextlib.contextmanager
    def borrow(self, random, event):
        """An acknowledged photo that nobody deletes meanwhile, or None."""
        with self.lock:
            photo = self._pick(random, event)
            if photo:
                photo.busy = True
        try:
            yield photo
        finally:
            if photo:
                photo.busy = False

    def begin_deletion(self, random, event):
        """An acknowledged photo, or None. Nobody sends it again."""
        with self.lock:
            photo = self._pick(random, event)
            if photo:
                photo.state = State.DELETING
            return photo

    def delete(self, photo):
        with self.lock:
            photo.state = State.DELETED

    def _pick(self, random, event):
        free = [photo for photo in self.photos.values()
                if photo.state is State.ACKNOWLEDGED and photo.event == event and not photo.busy]
        return random.choice(free) if free else None

    def check(self, data, forgives=False):
        """Compares with a data folder that no process writes to and whose clean-up is done. Returns what is wrong.

        `forgives`: promises may be undone, and what is there is what counts from now on.
        """
        rows = collections.Counter()
        with contextlib.closing(sqlite3.connect(f"file:{data / 'fotota.db'}?mode=ro", uri=True)) as database:
            for digest, event in database.execute("select digest, event_id from photo"):
                rows[digest, event] += 1
        files = collections.Counter(
            hashlib.sha256(path.read_bytes()).digest() for path in data.rglob("*") if path.is_file())
        wrong = []

        def report(kind, digest, photo):
            if forgives:
                self.figures["forgiven"] += 1
                photo.state = State.FORGIVEN
                return
            self.figures[kind] += 1
            wrong.append(f"{kind}: {digest.hex()[:12]} ({photo.state.value}), in {files[digest]} files")

        for digest, photo in self.photos.items():
            row_count, file_count = rows.pop((digest, photo.event), 0), files[digest]
            if photo.state is State.DELETING:
                # The answer did not arrive: either way is right, and from now on it stays so.
                photo.state = State.ACKNOWLEDGED if row_count else State.DELETED
            elif photo.state is State.SENT and row_count:
                photo.state = State.ACKNOWLEDGED
            if photo.state is State.ACKNOWLEDGED and not (row_count and file_count):
                report("lost", digest, photo)
            elif photo.state is State.DELETED and (row_count or file_count):
                report("came back", digest, photo)
            if row_count > 1 or file_count > 1:
                report("doubled", digest, photo)
        for digest, _ in rows:
            self.figures["unknown"] += 1
            wrong.append(f"unknown: a photo that nobody sent, {digest.hex()[:12]}")
        return wrong

    def count(self, *states):
        """How many photos are in one of these states; by default, how many were ever acknowledged."""
        states = states or (State.ACKNOWLEDGED, State.DELETING, State.DELETED)
        return sum(photo.state in states for photo in self.photos.values())
