#!/usr/bin/env python3
"""Breaks a computer under a running server, and checks that nothing acknowledged is lost.

    cargo build --release && python3 tests/faults/run.py [--kills 200] [--failures 40] [--seed 1] [--only kills,machine]

Senders use one event at once: forms, uploads in pieces, a camera (FTP), a hot folder, imports, deletions of photos and
events, `reindex` and backups. After each fault a server cleans up and ends, and the data folder is compared with what
was promised:

- lost: acknowledged, and not there with its bytes.
- doubled: there twice.
- came back: its deletion was acknowledged, and its row or bytes are there.
- unknown: there, and nobody sent it.

kills: the server and the commands are killed (SIGKILL) at random instants, also while they start. Every 20 kills a new
data folder; at its end all photos are indexed, uploads are finished, `doctor --deep` finds nothing, and a backup and
its restoration, both killed on their way, hold the same photos.

power: power failures, on a file system that forgets what was not synced (`volatile.py`). With `--durability normal`,
what may be lost then is counted as forgiven, and the database must be whole all the same.

machine: a disk that is full or read-only for a while, a memory card that is pulled out, a clock that jumps, files that
are all in use, a database that is replaced (`machine.py`).

moves: an event goes from one computer to another and back, each way with 20 kills of the sender or the receiver
(`moves.py`).

cluster: several servers and workers over one database and one bucket (`cluster.py`). Only where it is named, within
`tests/with-postgres tests/with-bucket`.

upgrades: a data folder of an old version is upgraded, and killed at random instants (`upgrades.py`).

Exits with 0 when nothing is wrong. `kills`, `moves` and `upgrades` need Python 3.9 alone; the others Linux, root, and
fusepy with libfuse 2 (`pip install fusepy`, Debian's `libfuse2` and `fuse`); the clock Debian's `libfaketime`.
"""

import argparse
import collections
import pathlib
import random
import sys
import tempfile

from evening import Evening

KILLS_EACH = 20
FAILURES_EACH = 10
FIGURES = ("kills", "power failures", "sent", "acknowledged", "deleted", "backups", "searches", "lost", "doubled",
           "came back", "unknown", "forgiven")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fotota", type=pathlib.Path, default="target/release/fotota")
    parser.add_argument("--only", default="kills,upgrades,moves,power,machine")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--failures", type=int, default=40, help="of the power")
    parser.add_argument("--upgrades", type=int, default=40, help="each killed until it is done")
    parser.add_argument("--interruptions", type=int, default=20, help="of a move, each way")
    parser.add_argument("--cluster-kills", type=int, default=30)
    parser.add_argument("--photos", type=int, default=2000, help="of the cluster, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", default="", help="of the machine, or a part of its name")
    parser.add_argument("--durability", choices=("full", "normal"), default="full")
    options = parser.parse_args()
    parts = {"kills": kills, "upgrades": upgrades, "moves": moves, "power": power, "machine": machine,
             "cluster": cluster}
    wrong = False
    for name in options.only.split(","):
        figures = collections.Counter()
        with tempfile.TemporaryDirectory() as folder:
            found = parts[name](options, pathlib.Path(folder), random.Random(options.seed), figures)
        wrong |= found
        print(f"{name}: {'WRONG' if found else 'ok'}: " + ", ".join(f"{figures[name]} {name}" for name in FIGURES))
    sys.exit(wrong)


def kills(options, folder, chance, figures):
    return evenings(Evening, Evening.kill, "kills", (options.kills, KILLS_EACH), options, folder, chance, figures)


def upgrades(options, folder, chance, figures):
    import upgrades
    return report(upgrades.run(options, folder, chance, figures))


def moves(options, folder, chance, figures):
    import moves
    return report(moves.run(options, folder, chance, figures))


def cluster(options, folder, chance, figures):
    import cluster
    return report(cluster.run(options, folder, chance, figures))


def power(options, folder, chance, figures):
    from power import DarkEvening
    most = options.failures, FAILURES_EACH
    return evenings(DarkEvening, DarkEvening.fail, "power failures", most, options, folder, chance, figures)


def evenings(kind, fault, name, most, options, folder, chance, figures):
    """Repeats a fault until its figure is `most`: how often in all, and in one evening. Whether something is wrong."""
    wrong, (in_all, in_one) = False, most
    while figures[name] < in_all:
        place = folder / str(figures[name])
        evening = kind(options.fotota.resolve(), place, chance, figures, options.durability)
        until = min(in_all, figures[name] + in_one)
        while figures[name] < until:
            wrong |= report(fault(evening))
        wrong |= report(evening.finish())
        evening.count()
        evening.remove()
        print(f"{figures[name]} {name} so far", flush=True)
    return wrong


def machine(options, folder, chance, figures):
    import machine
    wrong = False
    for scenario in machine.ALL:
        if options.scenario not in scenario.__name__:
            continue
        found = scenario(options.fotota.resolve(), folder / scenario.__name__, chance, figures)
        print(f"{scenario.__name__}: {'WRONG' if found else 'ok'}", flush=True)
        wrong |= report(found)
    return wrong


def report(problems):
    for problem in problems:
        print(f"WRONG: {problem}", flush=True)
    return bool(problems)


if __name__ == "__main__":
    main()
