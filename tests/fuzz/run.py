#!/usr/bin/env python3
"""Fuzzes the HTTP API with Schemathesis, which makes requests out of /openapi.json and holds the answers against it.

    python3 -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install schemathesis==4.32.5
    cargo build --release && /tmp/fuzz/bin/python tests/fuzz/run.py [--examples 40] [--seed 1] [--only admin,user]

Each round has a server of its own, on a temporary data folder and a free port, with something in it (`world.py`):

- admin: who owns everything; with an OpenID provider and a Google Drive that `world.py` plays.
- user: who has entered an event; neither provider nor Drive is configured.
- nobody: without a token.

In three of four requests `hooks.py` puts real ids, signed addresses and pictures where made-up ones would be refused.

A finding is a 5xx, an answer outside its description, a request outside it that is taken or one inside it that is
refused as malformed, an answer without the sign-in that it needs, something deleted that is still there or something
made that is not; and in the admin's round an operation that never succeeded, because then nothing was tested. Ends with
0 where there is none; otherwise Schemathesis tells how to repeat each, and FOLDER/ROUND/server.log what the server
thought. Not checked: `object_level_authorization`, which wants sessions of two users; the table of rules and its tests
stand for it. `max_response_time`, because timings differ between computers.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import world

HERE = pathlib.Path(__file__).resolve().parent
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
]
# A well-formed request may be refused for what it means: with 400, say, where no selfie is stored. But never with 422.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "403", "404", "409", "413", "429", "5xx"]
"""
# No answer but a refusal is possible: the link was used, and the provider vouches for nobody.
REFUSE_ALWAYS = {"POST /setup", "POST /auth/google"}


def fuzz(name, place, options):
    """One round; what it found, a line each."""
    begin = time.monotonic()
    place.mkdir(parents=True)
    (place / "schemathesis.toml").write_text(CONFIGURATION)
    few = options.examples if name == "admin" else max(1, options.examples // 2)
    print(f"\n== as {name}", flush=True)
    with world.serve(options.fotota, place, whole=name == "admin") as (base, setup):
        facts = world.fill(base, setup, whole=name == "admin")
        command = [
            str(pathlib.Path(sys.executable).parent / "schemathesis"), "run", f"{base}/openapi.json",
            "--seed", str(options.seed), "--max-examples", str(few), "--workers", "1", "--checks", ",".join(CHECKS),
            "--continue-on-failure", "--max-redirects", "0", "--request-timeout", "30", "--warnings", "off",
            "--generation-database", "none", "--suppress-health-check", "all", "--output-sanitize", "false",
            "--no-color", "--report", "junit", "--report-junit-path", str(place / "report.xml"), *options.more,
        ]
        if name != "nobody":
            command += ["-H", f"Authorization: Bearer {facts[name]}"]
        facts["token"] = facts.get(name)
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "FUZZ_ROUND": name,
                       "FUZZ_FACTS": json.dumps(facts)}
        with subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.PIPE, text=True,
                              errors="replace") as run:
            for line in run.stdout:
                # Requests with pictures are long.
                print(line.rstrip()[:1500], flush=True)
        described = world.call(base, "GET", "/openapi.json")["paths"]
    findings = [f"as {name}: Schemathesis ended with {run.returncode}"] if run.returncode else []
    answers = world.answers(place)
    findings += [f"as {name}: the server failed: {line}" for line in answers["failures"]]
    operations = {f"{method.upper()} {path}" for path, item in described.items() for method in item}
    if name == "admin":
        never = sorted(operations - answers["succeeded"] - REFUSE_ALWAYS)
        findings += [f"as {name}: never succeeded: {operation}" for operation in never]
    requests = ", ".join(f"{count} x {status}" for status, count in sorted(answers["statuses"].items()))
    print(f"== as {name}: {len(operations)} operations, {requests}; {time.monotonic() - begin:.0f} s", flush=True)
    return findings


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    target = os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target")
    parser.add_argument("--fotota", default=f"{target}/release/fotota", help="the executable")
    parser.add_argument("--examples", type=int, default=40, help="requests made up for each operation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="admin,user,nobody", help="rounds")
    parser.add_argument("--folder", help="a new folder, for logs and reports")
    parser.add_argument("more", nargs="*", help="after `--`: for Schemathesis")
    options = parser.parse_args()
    place = pathlib.Path(options.folder or tempfile.mkdtemp(prefix="fotota-fuzz-"))
    findings = [line for name in options.only.split(",") for line in fuzz(name, place / name, options)]
    print(f"\n{len(findings) or 'no'} findings; logs and reports: {place}")
    print("\n".join(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
