"""Archives whose bytes depend on their contents alone: sorted, with one time, one owner, and fixed rights."""

import gzip
import io
import tarfile
import time
import zipfile


def write(out, name, contents, executable, moment, as_zip):
    files = sorted(contents.items())
    if as_zip:
        (out / f"{name}.zip").write_bytes(zipped(name, files, executable, moment))
    else:
        (out / f"{name}.tar.gz").write_bytes(tarred(name, files, executable, moment))


def tarred(name, files, executable, moment):
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, content in files:
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size, entry.mtime = len(content), moment
            entry.mode = 0o755 if path == executable else 0o644
            tar.addfile(entry, io.BytesIO(content))
    compressed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=compressed, mode="wb", compresslevel=9, mtime=moment) as file:
        file.write(plain.getvalue())
    return compressed.getvalue()


def zipped(name, files, executable, moment):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content in files:
            entry = zipfile.ZipInfo(f"{name}/{path}", time.gmtime(moment)[:6])
            entry.create_system = 3
            entry.external_attr = (0o100755 if path == executable else 0o100644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()
