"""Makes the archives of a release: `python3 deploy/release --out DIR [--target TRIPLE ...]`.

Each has the executable, licences, the list of everything that is in it (SBOM), completions, manual pages and a systemd
unit. The same commit and executable give the same bytes, wherever they are packed. Two builds of one commit may differ:
in some vector functions of a dependency the machine code was not the same. Python's standard library is enough.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

import archive
import licences
import packages
import sbom

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHELLS = {"bash": "fotota.bash", "zsh": "_fotota", "fish": "fotota.fish", "powershell": "fotota.ps1"}
FILES = ["README.md", "CHANGELOG.md", "LICENSE", "config.example.toml"]


def main():
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    moment = commit_time()
    host = packages.host()
    built = dict(options.built)
    failed = []
    # The host's executable says what is the same for all: completions and manual pages.
    tool = built[host] = built.get(host) or build(host, "cargo build")
    with tempfile.TemporaryDirectory() as folder:
        texts = pathlib.Path(folder)
        write_texts(tool, texts)
        for target in options.target or [host]:
            try:
                executable = built.get(target) or build(target, options.cargo)
            except subprocess.CalledProcessError:
                failed.append(target)
                continue
            pack(target, executable, texts, options.out, moment)
    sums = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(options.out.glob("fotota-*"))
    )
    (options.out / "SHA256SUMS").write_text(sums)
    print(sums, end="")
    for target in failed:
        print(f"NOT BUILT: {target}", file=sys.stderr)
    return 1 if failed else 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for the archives")
    parser.add_argument("--target", action="append", help="Rust's name of a target; default: this computer's")
    parser.add_argument("--cargo", default="cargo build", help="what builds other targets, say `cargo zigbuild`")
    parser.add_argument(
        "--built",
        action="append",
        default=[],
        type=lambda text: (text.split("=", 1)[0], pathlib.Path(text.split("=", 1)[1]).resolve()),
        metavar="TRIPLE=FILE",
        help="an executable that is there already",
    )
    return parser.parse_args()


def commit_time():
    """All files in the archives are of this time, in seconds since 1970."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    return int(subprocess.check_output(["git", "log", "-1", "--format=%ct"], cwd=ROOT))


def build(target, cargo):
    """The path of the executable for this target."""
    arguments = ["--release", "--locked", "--bin", "fotota", "--target", target, "--message-format=json"]
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(commit_time())}
    # Paths of this computer would get into the executable, in messages of panics. The target folder, often within the
    # repository, is last: the last one that fits counts.
    moved = [(packages.cargo_home(), "/cargo"), (ROOT, "/fotota"), (packages.target_folder(), "/target")]
    flags = [*os.environ.get("RUSTFLAGS", "").split(), *(f"--remap-path-prefix={a}={b}" for a, b in moved)]
    environment["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(flags)
    for name in ["CFLAGS", "CXXFLAGS"]:
        flag = f"-ffile-prefix-map={packages.cargo_home()}=/cargo"
        environment[name] = f"{os.environ.get(name, '')} {flag}".strip()
    lines = subprocess.run(
        [*shlex.split(cargo), *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True
    ).stdout
    for line in lines.splitlines():
        message = json.loads(line) if line.startswith(b"{") else {}
        if message.get("executable") and message["target"]["name"] == "fotota":
            executable = pathlib.Path(message["executable"])
    return executable


def write_texts(tool, folder):
    """What the executable knows about itself, the same wherever this runs."""
    clean = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}

    def printed(*arguments):
        return subprocess.check_output([tool, *arguments], env=clean)

    (folder / "completions").mkdir()
    for shell, name in SHELLS.items():
        (folder / "completions" / name).write_bytes(printed("completions", shell))
    subprocess.run([tool, "man", folder / "man"], env=clean, check=True)
    unit = printed("service", "print", "systemd", "--program", "/usr/local/bin/fotota")
    (folder / "fotota.service").write_bytes(unit)


def pack(target, executable, texts, out, moment):
    found = packages.packages(target)
    version = found.version
    name = f"fotota-{version}-{target}"
    program = "fotota.exe" if "windows" in target else "fotota"
    contents = {program: executable.read_bytes()}
    for file in FILES + sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")):
        contents[file] = (ROOT / file).read_bytes()
    for path in sorted(texts.rglob("*")):
        if path.is_file():
            contents[str(path.relative_to(texts))] = path.read_bytes()
    for path in sorted((ROOT / "models").glob("LICENSE-*")):
        contents[f"licences/{path.name}"] = path.read_bytes()
    contents["licences/THIRD-PARTY.txt"] = licences.text(ROOT, found).encode()
    contents["fotota.cdx.json"] = sbom.text(ROOT, found, target, moment).encode()
    archive.write(out, name, contents, program, moment, as_zip="windows" in target)


if __name__ == "__main__":
    sys.exit(main())
