#!/usr/bin/env python3
"""Compares how fast FotoTa and nginx send the same pictures: thumbnails, previews and an original of 8 MB.

FotoTa checks for each request that the guest may see the photo; nginx sends files with `sendfile`, and checks nothing.
Both are asked for all photos in turn, over 16 connections, in blocks that alternate. Needs `wrk` and `nginx`.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import json
import os
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from pathlib import Path

# What must be reached, of nginx.
WANTED = {"thumbnail": 0.6, "preview": 0.8, "download": 0.9}
FOTOTA, NGINX = "127.0.0.1:18870", "127.0.0.1:18871"


def noise_png(side: int) -> bytes:
    """A picture that cannot be compressed: 3 * side * side bytes and a little."""
    rows = b"".join(b"\0" + random.Random(row).randbytes(3 * side) for row in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")


class Guest:
    """A guest who has entered the event."""

    def __init__(self, share_code: str) -> None:
        self.base = f"http://{FOTOTA}/e/{share_code}"
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        headers = {"content-type": "application/json"}
        self.opener.open(urllib.request.Request(f"{self.base}/session", b"{}", headers))

    def get(self, path: str) -> bytes:
        return self.opener.open(f"{self.base}{path}").read()

    def cookie(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)


def requests_per_second(script: Path, seconds: int, server: str) -> float:
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "-s", str(script), f"http://{server}"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"not all requests were answered:\n{output}")
    return float(next(line for line in output.splitlines() if "Requests/sec" in line).split()[1])


def wrk_script(folder: Path, name: str, paths: list[str], cookie: str) -> Path:
    """Lets `wrk` ask for all paths in turn."""
    listed = ", ".join(json.dumps(path) for path in paths)
    script = folder / f"{name}.lua"
    script.write_text(
        f"local paths, next = {{{listed}}}, 0\n"
        f"wrk.headers['Cookie'] = {json.dumps(cookie)}\n"
        "request = function() next = next % #paths + 1; return wrk.format('GET', paths[next]) end\n"
    )
    return script


def start_nginx(folder: Path) -> subprocess.Popen[bytes]:
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.log; events {{}}\n"
        "http { access_log off; sendfile on; tcp_nopush on; default_type image/jpeg; "
        f"server {{ listen {NGINX}; root {folder}/files; }} }}\n"
    )
    folder.chmod(0o755)
    return subprocess.Popen(["nginx", "-c", str(config)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fotota", default="target/release/fotota", help="the executable")
    parser.add_argument("--photos", type=Path, required=True, help="a folder of photos")
    parser.add_argument("--rounds", type=int, default=5, help="blocks of each server")
    parser.add_argument("--seconds", type=int, default=3, help="length of a block")
    options = parser.parse_args()
    missing = [program for program in ("wrk", "nginx") if shutil.which(program) is None]
    if missing:
        print(f"SKIPPED: {' and '.join(missing)} not found", file=sys.stderr)
        sys.exit(2)
    with tempfile.TemporaryDirectory() as name:
        sys.exit(compare(Path(name), options))


def compare(folder: Path, options: argparse.Namespace) -> int:
    fotota = [options.fotota, "--data", str(folder / "data")]
    event = json.loads(subprocess.run([*fotota, "event", "create", "Party", "--json"], check=True, capture_output=True).stdout)
    subprocess.run([*fotota, "import", "Party", str(options.photos)], check=True, capture_output=True)
    large = folder / "large"
    large.mkdir()
    (large / "LARGE.png").write_bytes(noise_png(1640))
    subprocess.run([*fotota, "import", "Party", str(large)], check=True, capture_output=True)
    servers = [subprocess.Popen([*fotota, "serve", "--bind", FOTOTA], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
    try:
        time.sleep(3)
        guest = Guest(event["share_code"])
        found = json.loads(guest.get("/photos?limit=200"))["items"]
        ids = {kind: [photo["id"] for photo in found if (photo["file_name"] == "LARGE.png") == (kind == "download")] for kind in WANTED}
        scripts, sizes = {}, {}
        for kind, of_kind in ids.items():
            paths = [f"/e/{event['share_code']}/photos/{photo}/{kind}" for photo in of_kind]
            bodies = {path: guest.get(path.removeprefix(f"/e/{event['share_code']}")) for path in paths}
            sizes[kind] = statistics.mean(len(body) for body in bodies.values())
            for path, body in bodies.items():
                file = folder / "files" / path.lstrip("/")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(body)
            scripts[kind] = wrk_script(folder, kind, paths, guest.cookie())
        servers.append(start_nginx(folder))
        time.sleep(1)
        return report(scripts, sizes, options)
    finally:
        for server in servers:
            server.terminate()
            server.wait()


def report(scripts: dict[str, Path], sizes: dict[str, float], options: argparse.Namespace) -> int:
    print(f"{'picture':<10} {'KB':>6} {'FotoTa/s':>9} {'nginx/s':>9} {'ratio':>6} {'wanted':>6}")
    reached = True
    for kind, script in scripts.items():
        blocks = [[requests_per_second(script, options.seconds, server) for server in (FOTOTA, NGINX)] for _ in range(options.rounds)]
        ratio = statistics.median(ours / theirs for ours, theirs in blocks)
        ours, theirs = (statistics.median(column) for column in zip(*blocks))
        reached = reached and ratio >= WANTED[kind]
        print(f"{kind:<10} {sizes[kind] / 1000:>6.0f} {ours:>9.0f} {theirs:>9.0f} {ratio:>6.2f} {WANTED[kind]:>6}")
    return 0 if reached else 1


if __name__ == "__main__":
    main()
