"""A file system that forgets what was not synced when its power fails. FUSE, over a folder.

A file's bytes are durable when the file was synced, a name when the folder it stands in was: what POSIX promises, and
no more. At a power failure each 4 KiB page and each name that was not synced survives or not, at random; so later ones
may survive where earlier ones do not.
"""

import errno
import os
import pathlib
import random
import shutil
import subprocess
import sys
import threading
import time

import fuse

PAGE = 4096
# libfuse renames a file that is deleted while it is open. On other file systems it has no name from then on.
HIDDEN = "/.fuse_hidden"
CHANGES = {"write", "create", "truncate", "fsync", "mkdir", "rmdir", "unlink", "link", "rename", "chmod", "utimens"}


class File:
    """What is durable of a file or folder."""

    def __init__(self, is_folder=False):
        self.is_folder = is_folder
        # The bytes as they were synced, the pages that differ since, and whether the length does.
        self.synced, self.dirty, self.resized = bytearray(), set(), False
        # Of a folder: durable names.
        self.names = {}


class Volatile(fuse.Operations):
    def __init__(self, folder):
        self.folder = os.fspath(folder)
        # Names as they are now: path to file.
        self.now = {"/": File(is_folder=True)}
        self.turn, self.state = threading.RLock(), "on"
        for path in pathlib.Path(folder).rglob("*"):
            self.now[f"/{path.relative_to(folder)}"] = File(path.is_dir())
        self.sync_all()

    def __call__(self, operation, *arguments):
        with self.turn:
            if self.state == "off" and operation != "release":
                raise fuse.FuseOSError(errno.EIO)
            # What SQLite's connections share stays in memory, whatever the disk does.
            if self.state == "read-only" and operation in CHANGES and not arguments[0].endswith("-shm"):
                raise fuse.FuseOSError(errno.EROFS)
            try:
                return getattr(self, operation)(*arguments)
            except OSError as error:
                raise fuse.FuseOSError(error.errno) from error

    def real(self, path):
        return self.folder + path

    # Reading

    def access(self, path, mode):
        if not os.access(self.real(path), mode):
            raise fuse.FuseOSError(errno.EACCES)

    def getattr(self, path, _=None):
        found = os.lstat(self.real(path))
        names = ("st_atime", "st_ctime", "st_gid", "st_ino", "st_mode", "st_mtime", "st_nlink", "st_size", "st_uid",
                 "st_blocks")
        return {name: getattr(found, name) for name in names}

    def readdir(self, path, _):
        return [".", "..", *os.listdir(self.real(path))]

    def statfs(self, path):
        found = os.statvfs(self.real(path))
        names = ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_flag", "f_frsize",
                 "f_namemax")
        return {name: getattr(found, name) for name in names}

    def read(self, _, size, offset, handle):
        return os.pread(handle, size, offset)

    # Contents

    def open(self, path, flags):
        # For reading too: syncing reads what was written.
        handle = os.open(self.real(path), os.O_RDWR | flags & os.O_TRUNC)
        if flags & os.O_TRUNC:
            self.now[path].resized = True
        return handle

    def create(self, path, mode, _=None):
        handle = os.open(self.real(path), os.O_RDWR | os.O_CREAT, mode)
        self.now.setdefault(path, File())
        return handle

    def write(self, path, data, offset, handle):
        file = self.now.get(path) or File()
        file.dirty.update(range(offset // PAGE, (offset + len(data) - 1) // PAGE + 1))
        return os.pwrite(handle, data, offset)

    def truncate(self, path, length, handle=None):
        self.now[path].resized = True
        if handle is None:
            os.truncate(self.real(path), length)
        else:
            os.ftruncate(handle, length)

    def fsync(self, path, _, handle):
        file = self.now.get(path)
        if file:
            self.persist(file, handle, file.dirty)
            file.dirty, file.resized = set(), False

    def persist(self, file, handle, pages):
        """Makes these pages durable, and the length if it is asked for."""
        length = os.fstat(handle).st_size
        if len(file.synced) > length or file.resized:
            del file.synced[length:]
        for page in pages:
            part = os.pread(handle, PAGE, page * PAGE)
            end = page * PAGE + len(part)
            if part and len(file.synced) < end:
                file.synced.extend(bytes(end - len(file.synced)))
            file.synced[page * PAGE:end] = part
        if file.resized and len(file.synced) < length:
            file.synced.extend(bytes(length - len(file.synced)))

    def release(self, _, handle):
        os.close(handle)

    # Names

    def mkdir(self, path, mode):
        os.mkdir(self.real(path), mode)
        self.now[path] = File(is_folder=True)

    def rmdir(self, path):
        os.rmdir(self.real(path))
        del self.now[path]

    def unlink(self, path):
        os.unlink(self.real(path))
        self.now.pop(path, None)

    def link(self, path, source):
        os.link(self.real(source), self.real(path))
        self.now[path] = self.now[source]

    def rename(self, old, new):
        os.rename(self.real(old), self.real(new))
        if HIDDEN in new:
            del self.now[old]
            return
        for path in [path for path in self.now if path == old or path.startswith(f"{old}/")]:
            self.now[new + path[len(old):]] = self.now.pop(path)

    def fsyncdir(self, path, *_):
        self.now[path].names = self.entries(path)

    def entries(self, path):
        start = path.rstrip("/") + "/"
        return {other[len(start):]: file for other, file in self.now.items()
                if other.startswith(start) and len(other) > len(start) and "/" not in other[len(start):]}

    def chmod(self, path, mode):
        os.chmod(self.real(path), mode)

    def utimens(self, path, times=None):
        os.utime(self.real(path), times)

    # Power

    def sync_all(self):
        """As `sync` does: all that is there is durable."""
        with self.turn:
            for path, file in self.now.items():
                if file.is_folder:
                    file.names = self.entries(path)
                else:
                    file.synced = bytearray(pathlib.Path(self.real(path)).read_bytes())
                    file.dirty, file.resized = set(), False

    def fail(self, chance, into):
        """The power fails: from now on nothing can be read or written. What survives is in the folder `into`."""
        with self.turn:
            self.state = "off"
            # Everything, nothing or some of what was not synced.
            share = chance.choice((0.0, 0.5, 0.5, 1.0))
            paths = {id(file): path for path, file in self.now.items()}
            into.mkdir()
            self.write_out("/", self.now["/"], into, paths, lambda: chance.random() < share)

    def write_out(self, path, folder, into, paths, survives):
        names, now = dict(folder.names), self.entries(path) if path else {}
        for name in set(names) | set(now):
            if names.get(name) is not now.get(name) and survives():
                if name in now:
                    names[name] = now[name]
                else:
                    del names[name]
        for name, file in names.items():
            current = paths.get(id(file))
            if file.is_folder:
                (into / name).mkdir()
                self.write_out(current, file, into / name, paths, survives)
                continue
            if current:
                with open(self.real(current), "rb") as handle:
                    file.resized = file.resized and survives()
                    self.persist(file, handle.fileno(), [page for page in file.dirty if survives()])
            (into / name).write_bytes(file.synced)


def serve(under, point):
    """Mounts, and obeys lines of standard input until it ends: `on`, `off`, `read-only`, `fail SEED FOLDER`."""
    system = Volatile(under)

    def obey():
        for line in sys.stdin:
            command, *more = line.split()
            if command == "fail":
                system.fail(random.Random(int(more[0])), pathlib.Path(more[1]))
            else:
                system.state = command
            print(command, flush=True)
        subprocess.run(["fusermount", "-u", "-z", point], check=True)

    threading.Thread(target=obey, daemon=True).start()
    fuse.FUSE(system, point, foreground=True, nonempty=True, big_writes=True, fsname="volatile")


class Mount:
    """A volatile file system at `place/data`, over a copy of `content`, all of which is durable.

    A process of its own: one that waits for a file system can serve none.
    """

    def __init__(self, place, content):
        self.under, self.point = place / "under", place / "data"
        shutil.rmtree(self.under, ignore_errors=True)
        shutil.copytree(content, self.under)
        self.point.mkdir()
        self.process = subprocess.Popen(
            [sys.executable, __file__, self.under, self.point],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        while not os.path.ismount(self.point):
            if self.process.poll() is not None:
                raise OSError("the file system cannot be mounted")
            time.sleep(0.02)

    def tell(self, *command):
        print(*command, file=self.process.stdin, flush=True)
        self.process.stdout.readline()

    def end(self):
        self.process.stdin.close()
        if self.process.wait(30):
            raise OSError("the file system did not end well")
        self.point.rmdir()


if __name__ == "__main__":
    serve(*sys.argv[1:])
