"""What cargo knows: the packages that the executable is made of."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Packages:
    """The packages of one target, and who needs whom, by their ids."""

    version: str
    root: str
    by_id: dict
    needs: dict
    checksums: dict


def cargo(*arguments):
    return subprocess.check_output(["cargo", *arguments], cwd=ROOT, text=True)


def host():
    return re.search(r"host: (\S+)", cargo("-vV")).group(1)


def cargo_home():
    return pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))


def target_folder():
    metadata = json.loads(cargo("metadata", "--no-deps", "--format-version=1"))
    return pathlib.Path(metadata["target_directory"])


def packages(target):
    metadata = json.loads(cargo("metadata", "--locked", "--format-version=1", f"--filter-platform={target}"))
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    needs, waiting = {}, [root]
    while waiting:
        package = waiting.pop()
        if package not in needs:
            needs[package] = sorted(
                dependency["pkg"]
                for dependency in nodes[package]["deps"]
                # Programs that run while it is built, and what only tests need, are not in the executable.
                if any(kind["kind"] is None for kind in dependency["dep_kinds"])
            )
            waiting.extend(needs[package])
    by_id = {package["id"]: package for package in metadata["packages"] if package["id"] in needs}
    return Packages(by_id[root]["version"], root, by_id, needs, checksums())


def checksums():
    """The SHA-256 of each package's file, by name and version."""
    found = re.findall(
        r'^name = "(.+)"\nversion = "(.+)"\nsource = ".*"\nchecksum = "(.+)"$',
        (ROOT / "Cargo.lock").read_text(),
        re.MULTILINE,
    )
    return {(name, version): checksum for name, version, checksum in found}
