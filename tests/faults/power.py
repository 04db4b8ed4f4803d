"""Evenings that end with a power failure: their data folder is on a file system that forgets what was not synced."""

import shutil
import time

import senders
from evening import LONGEST, Evening
from volatile import Mount


class DarkEvening(Evening):
    def __init__(self, fotota, place, random, figures, durability):
        super().__init__(fotota, place, random, figures, durability)
        self.forgives = durability == "normal"

    # Commands would only slow the file system down.
    kinds = (senders.Form, senders.Tus, senders.Camera, senders.HotFolder, senders.Deleter)

    def fail(self):
        """Lets everybody work until the power fails. Returns what is wrong when it is back."""
        self.ledger.figures["power failures"] += 1
        before = self.place / "before"
        shutil.rmtree(before, ignore_errors=True)
        self.data.rename(before)
        mount = Mount(self.place, before)
        try:
            with self.start() as self.server, self.work(self.kinds):
                time.sleep(self.random.uniform(0.1, 2 * LONGEST))
                refused = list(self.refused)
                mount.tell("fail", self.random.getrandbits(32), self.place / "after")
                # Until the computer is off the server refuses everything, as it should.
                time.sleep(self.random.random() / 5)
                self.server.kill()
        finally:
            mount.end()
        (self.place / "after").rename(self.data)
        self.refused = refused
        return self.check()
