"""The list of everything that is in an executable (SBOM), as CycloneDX 1.6."""

import datetime
import hashlib
import json
import tomllib
import uuid


def text(root, found, target, moment):
    own = found.by_id[found.root]
    components = [
        component(found, package)
        for package in sorted(found.by_id.values(), key=lambda package: (package["name"], package["version"]))
        if package["id"] != found.root
    ]
    components += networks(root)
    dependencies = [
        {"ref": reference(found.by_id[package]), "dependsOn": [reference(found.by_id[need]) for need in needs]}
        for package, needs in sorted(found.needs.items(), key=lambda item: reference(found.by_id[item[0]]))
    ]
    time = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": reference(own),
                "name": own["name"],
                "version": own["version"],
                "licenses": [{"expression": own["license"]}],
            },
            "properties": [{"name": "rust:target", "value": target}],
        },
        "components": components,
        "dependencies": dependencies,
    }
    # The same list has the same number.
    digest = hashlib.sha256(json.dumps(document).encode()).hexdigest()
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}"
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def reference(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(found, package):
    entry = {
        "type": "library",
        "bom-ref": reference(package),
        "purl": reference(package),
        "name": package["name"],
        "version": package["version"],
    }
    if package["license"]:
        # Some packages still write a slash.
        entry["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    checksum = found.checksums.get((package["name"], package["version"]))
    if checksum:
        entry["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["repository"]:
        entry["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return entry


def networks(root):
    """The networks and scripts that are files of the repository."""
    packs = tomllib.loads((root / "models/packs.toml").read_text())["pack"]
    default = next(pack for pack in packs if pack.get("embedded"))
    entries = []
    for part in [default["detector"], default["recogniser"]]:
        content = (root / "models" / part["file"]).read_bytes()
        entries.append(
            {
                "type": "machine-learning-model",
                "bom-ref": part["file"],
                "name": part["file"],
                "licenses": [{"expression": default["licence"]}],
                "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}],
            }
        )
    entries.append(
        {
            "type": "library",
            "bom-ref": "lit-html",
            "name": "lit-html",
            "licenses": [{"expression": "BSD-3-Clause"}],
        }
    )
    return entries
