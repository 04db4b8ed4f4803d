"""The licences of all packages, as one text: equal ones once, below the packages that they are for."""

import collections
import pathlib
import re
import sys

NAMES = re.compile(r"^(licen[cs]e|copying|notice|unlicense|copyright)", re.IGNORECASE)
# Beside the packages: what is copied into the repository, by the file that has its licence.
VENDORED = {"lit-html (in the pages)": "assets/vendor/lit-html/LICENSE"}
MIT = pathlib.Path(__file__).with_name("MIT.txt")


def text(root, found):
    users = collections.defaultdict(list)
    bare = []
    for package in sorted(found.by_id.values(), key=lambda package: (package["name"], package["version"])):
        if package["id"] == found.root:
            continue
        title = f"{package['name']} {package['version']} ({package['license'] or 'see its text'})"
        texts = own_texts(package)
        if not texts:
            bare.append((title, package))
        for licence in texts:
            users[licence].append(title)
    apache = next(licence for licence in users if licence.lstrip().startswith("Apache License"))
    for title, package in bare:
        users[standard(package, apache)].append(title)
    for name, path in VENDORED.items():
        users[normal((root / path).read_text())].append(name)
    users[apache].append("Rust's standard library (MIT OR Apache-2.0)")
    parts = ["FotoTa contains the work of others, with these licences. The networks' are in files of their own.\n"]
    for licence, titles in sorted(users.items(), key=lambda item: (sorted(item[1]), item[0])):
        parts.append("=" * 80 + "\n" + "\n".join(sorted(titles)) + "\n" + "-" * 80 + "\n\n" + licence)
    return "\n".join(parts)


def own_texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    files = sorted(path for path in folder.iterdir() if path.is_file() and NAMES.match(path.name))
    return list(dict.fromkeys(normal(path.read_text(errors="replace")) for path in files))


def normal(licence):
    lines = [line.rstrip() for line in licence.replace("\r\n", "\n").strip("\n").split("\n")]
    return "\n".join(lines) + "\n"


def standard(package, apache):
    """For a package that came without a text: that of a licence which it offers."""
    offered = re.split(r" OR |/", package["license"] or "")
    if any("Apache-2.0" in licence for licence in offered):
        return apache
    if "MIT" in offered:
        holders = ", ".join(re.sub(r" *<.*?>", "", author) for author in package["authors"])
        return MIT.read_text().replace("HOLDERS", holders or f"the authors of {package['name']}")
    sys.exit(f"{package['name']} has no text of its licence, `{package['license']}`: add one to {__file__}")
