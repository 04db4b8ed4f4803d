#!/usr/bin/env python3
"""Fuzzes the HTTP API with Schemathesis, which generates requests from /openapi.json and checks the responses.

    python3 -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install schemathesis==4.32.5
    cargo build --release && /tmp/fuzz/bin/python tests/fuzz/run.py [--examples 40] [--seed 1] [--only admin,user]

Each round has its own server, with a temporary data folder, a free port, and some data (`world.py`):

- admin: owns every event; `world.py` plays an OpenID provider and Google Drive.
- user: has entered an event; neither provider nor Drive is configured.
- nobody: no token.

In three of four requests `hooks.py` uses real ids, signed URLs and pictures where made-up ones would be rejected. At
the end the run lists operations that never succeeded: of these, only refusals were tested.

A finding is a 5xx, a response that the description does not have, an accepted request that it forbids or a rejected one
that it allows, a response without the required sign-in, something deleted that is still there or something created that
is not; and, with the admin's round, an operation that never succeeded and is not in `CANNOT_SUCCEED`. Exits with 0 if
there is none; otherwise Schemathesis prints how to repeat each, and FOLDER/ROUND/server.log has the server's log. Not
checked: `object_level_authorization`, which needs sessions of two users (the route table and its tests cover it), and
`max_response_time`, because timings differ between computers.
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
# A well-formed request may be rejected for its meaning, with 400 if no selfie is stored, say. But never with 422.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "400", "401", "403", "404", "409", "413", "429", "5xx"]
"""
CANNOT_SUCCEED = {
    "PUT /studio/address": "the server listens on one address; tests/it/reach.rs has one that listens on all",
    "POST /setup": "the link works once, and world.py needs it",
    "POST /events/{event_id}/images/{image_id}/time-code": "no photo shows a time code; tests/it/api_clocks.rs has one",
}


def fuzz(name, place, options):
    """Runs one round and returns its findings, one per line, all operations, and those that succeeded."""
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
        succeeded = place / "succeeded.txt"
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "FUZZ_ROUND": name,
                       "FUZZ_FACTS": json.dumps(facts), "FUZZ_SUCCEEDED": str(succeeded)}
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
    worked = operations & set(succeeded.read_text().splitlines() if succeeded.exists() else [])
    statuses = answers["statuses"]
    total, failed = statuses.total(), sum(count for status, count in statuses.items() if status >= 500)
    each = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    print(f"== as {name}: {total} requests, {failed} x 5xx ({each}); {len(worked)} of {len(operations)} operations "
          f"succeeded; {time.monotonic() - begin:.0f} s", flush=True)
    return findings, operations, worked


def judge_unsuccessful(never, must_succeed):
    """Prints the operations that never succeeded, and returns those that should have."""
    print("\nnever succeeded:" if never else "\nevery operation succeeded")
    for operation in sorted(never):
        print(f"  {operation}" + (f": {CANNOT_SUCCEED[operation]}" if operation in CANNOT_SUCCEED else ""))
    if not must_succeed:
        return []
    return [f"never succeeded: {operation}" for operation in sorted(never - CANNOT_SUCCEED.keys())] + [
        f"succeeded, so CANNOT_SUCCEED is wrong: {operation}" for operation in sorted(CANNOT_SUCCEED.keys() - never)]


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
    findings, never, rounds = [], None, options.only.split(",")
    for name in rounds:
        found, operations, worked = fuzz(name, place / name, options)
        findings += found
        never = (operations if never is None else never) - worked
    findings += judge_unsuccessful(never, must_succeed="admin" in rounds)
    print(f"\n{len(findings) or 'no'} findings; logs and reports: {place}")
    print("\n".join(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
