#!/usr/bin/env python3
"""How long a guest waits for thumbnails while many others download originals over one slow network.

A laptop, an access point of some Mbit/s with a buffer of 300 ms, and phones, in network namespaces. Guests
download originals again and again; one more guest loads a thumbnail and a preview every quarter of a second. Executables
are compared in blocks that alternate. Needs root, `ip` and `tc`.
"""

from __future__ import annotations

import argparse
import http.client
import http.cookiejar
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from nginx_pictures import noise_png

LAPTOP, PHONES = "10.77.0.1", "10.77.0.2"


class Line:
    """A laptop, an access point and phones, in namespaces of their own."""

    def __init__(self, mbit: int) -> None:
        self.laptop, self.access_point, self.phones = (f"{name}-{os.getpid()}" for name in ("laptop", "ap", "phones"))
        for namespace in (self.laptop, self.access_point, self.phones):
            run("ip", "netns", "add", namespace)
        inside = ("ip", "-n", self.access_point)
        run(*inside, "link", "add", "bridge", "type", "bridge")
        run(*inside, "link", "set", "bridge", "up")
        for namespace, address, port in ((self.laptop, LAPTOP, "cable"), (self.phones, PHONES, "air")):
            run(*inside, "link", "add", port, "type", "veth", "peer", "name", "net", "netns", namespace)
            run(*inside, "link", "set", port, "up", "master", "bridge")
            run("ip", "-n", namespace, "address", "add", f"{address}/24", "dev", "net")
            run("ip", "-n", namespace, "link", "set", "net", "up")
            run("ip", "-n", namespace, "link", "set", "lo", "up")
        limit = ("rate", f"{mbit}mbit", "burst", "64kb", "latency", "300ms")
        run("ip", "netns", "exec", self.access_point, "tc", "qdisc", "add", "dev", "air", "root", "tbf", *limit)

    def end(self) -> None:
        for namespace in (self.laptop, self.access_point, self.phones):
            subprocess.run(["ip", "netns", "del", namespace], check=False)


def run(*command: str) -> None:
    subprocess.run(command, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fotota", nargs="+", default=["target/release/fotota"], help="executables")
    parser.add_argument("--photos", type=Path, required=True, help="a folder of photos")
    parser.add_argument("--mbit", type=int, default=50)
    parser.add_argument("--guests", type=int, default=40, help="guests who download")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=15, help="length of a block")
    parser.add_argument("--phones", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.phones:
        return print(json.dumps(guests(options, options.phones)))
    if os.geteuid() != 0 or not all(shutil.which(tool) for tool in ("ip", "tc")):
        print("SKIPPED: needs root, ip and tc", file=sys.stderr)
        sys.exit(2)
    line = Line(options.mbit)
    try:
        with tempfile.TemporaryDirectory() as name:
            compare(line, Path(name), options)
    finally:
        line.end()


def compare(line: Line, folder: Path, options: argparse.Namespace) -> None:
    fotota = [options.fotota[0], "--data", str(folder / "data")]
    created = subprocess.run([*fotota, "event", "create", "Party", "--json"], check=True, capture_output=True)
    share_code = json.loads(created.stdout)["share_code"]
    large = folder / "large"
    large.mkdir()
    (large / "LARGE.png").write_bytes(noise_png(1300))
    for photos in (options.photos, large):
        subprocess.run([*fotota, "import", "Party", str(photos)], check=True, capture_output=True)
    print(f"{'':<12} {'thumbnail p50':>14} {'p95':>6} {'preview p50':>12} {'p95':>6} {'downloads':>10}  (ms, MB/s)")
    for _ in range(options.rounds):
        for executable in options.fotota:
            measured = block(line, executable, folder / "data", share_code)
            times = [f"{1000 * value:.0f}" for kind in ("thumbnail", "preview") for value in measured[kind]]
            print(f"{Path(executable).name:<12} {times[0]:>14} {times[1]:>6} {times[2]:>12} {times[3]:>6} {measured['downloads'] / 1e6:>10.1f}", flush=True)


def block(line: Line, executable: str, data: Path, share_code: str) -> dict:
    within = ["ip", "netns", "exec"]
    serve = [*within, line.laptop, executable, "--data", str(data), "serve", "--bind", f"{LAPTOP}:8080"]
    server = subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(3)
        again = [arg for arg in sys.argv[1:] if arg]
        phones = [*within, line.phones, sys.executable, __file__, *again, "--phones", share_code]
        return json.loads(subprocess.run(phones, check=True, capture_output=True, text=True).stdout)
    finally:
        server.terminate()
        server.wait()


def guests(options: argparse.Namespace, share_code: str) -> dict:
    """Everybody on the other side of the line."""
    end, bytes_read = time.monotonic() + options.seconds, [0] * options.guests
    first = Guest(share_code)
    photos = json.loads(first.get("/photos?limit=200"))["items"]
    original = next(photo["id"] for photo in photos if photo["file_name"] == "LARGE.png")
    small = [photo["id"] for photo in photos if photo["id"] != original]

    def download(number: int) -> None:
        guest = Guest(share_code)
        while time.monotonic() < end:
            bytes_read[number] += guest.load(f"/photos/{original}/download", end)

    threads = [threading.Thread(target=download, args=(number,)) for number in range(options.guests)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    times: dict[str, list[float]] = {"thumbnail": [], "preview": []}
    while time.monotonic() < end:
        for kind, found in times.items():
            start = time.monotonic()
            first.get(f"/photos/{small[len(found) % len(small)]}/{kind}")
            found.append(time.monotonic() - start)
        time.sleep(0.25)
    for thread in threads:
        thread.join()
    result = {kind: [statistics.median(found), statistics.quantiles(found, n=20)[-1]] for kind, found in times.items()}
    return {**result, "downloads": sum(bytes_read) / options.seconds}


class Guest:
    """A phone with one connection."""

    def __init__(self, share_code: str) -> None:
        self.base, self.cookies = f"/e/{share_code}", ""
        self.connection = http.client.HTTPConnection(LAPTOP, 8080, timeout=60)
        self.connection.request("POST", f"{self.base}/session", b"{}", {"content-type": "application/json"})
        response = self.connection.getresponse()
        response.read()
        self.cookies = "; ".join(value.split(";")[0] for name, value in response.getheaders() if name.lower() == "set-cookie")

    def ask(self, path: str) -> http.client.HTTPResponse:
        self.connection.request("GET", self.base + path, headers={"cookie": self.cookies})
        response = self.connection.getresponse()
        if response.status != 200:
            sys.exit(f"{path}: {response.status}")
        return response

    def get(self, path: str) -> bytes:
        return self.ask(path).read()

    def load(self, path: str, end: float) -> int:
        """Reads until the end of the file or of the time; says how much."""
        response, count = self.ask(path), 0
        while time.monotonic() < end and (piece := response.read1(1 << 16)):
            count += len(piece)
        return count


if __name__ == "__main__":
    main()
