"""Replaces generated values by real ones in three of four requests, unless the request is meant to be invalid.

The choice depends on the generated values only, so a repeated request gets the same ones.
"""

import datetime
import functools
import json
import os
import pathlib
import urllib.parse
import zlib

import schemathesis
from schemathesis.core.parameters import ParameterLocation as At
from schemathesis.generation.meta import TestPhase

import world

# These end a session, delete something for good, or replace a picture: each request gets an account of its own.
AS_OTHERS = {"POST /auth/logout", "DELETE /users/me", "POST /users/me/selfie", "DELETE /users/me/selfie"}
FACTS = json.loads(os.environ["FUZZ_FACTS"])
ROUND = os.environ["FUZZ_ROUND"]
BASE = FACTS["base"]
SUCCEEDED = set()


@schemathesis.hook
def before_call(context, case, kwargs):
    made_up = f"{case.method} {case.path} {case.path_parameters} {case.query} {case.body!r}"
    number = zlib.crc32(made_up.encode(errors="replace"))
    name = f"{case.method} {case.path}"
    content = None
    fill_what_no_schema_says(case, name)
    # Sequences of requests use the ids that the server just returned.
    if number % 4 and not (case.meta and case.meta.phase.name == TestPhase.STATEFUL):
        fill_path(case, name, number // 4)
        fill_query(case, name, number // 4)
        fill_body(case, name)
        content = content_for(case, name, number // 4)
    kwargs["auth"] = functools.partial(last_touch, name, content)


@schemathesis.hook
def after_call(context, case, response):
    """For `run.py`: the server's log also has the requests of `world.py`, which test nothing."""
    name = f"{case.method} {case.path}"
    if response.status_code < 400 and name not in SUCCEEDED:
        SUCCEEDED.add(name)
        pathlib.Path(os.environ["FUZZ_SUCCEEDED"]).write_text("\n".join(SUCCEEDED))


def last_touch(name, content, request):
    """Real values where a generated one means nothing; an omitted sign-in stays omitted."""
    request.headers["X-Forwarded-For"] = world.address()
    if name in AS_OTHERS and request.headers.get("Authorization") == f"Bearer {FACTS['token']}":
        request.headers["Authorization"] = f"Bearer {world.register(BASE)}"
    if isinstance(content, bytes):
        request.prepare_body(content, None)
    elif content:
        request.headers.pop("Content-Type", None)
        request.prepare_body(None, content)
    return request


@schemathesis.hook
def filter_body(context, body):
    """Form field names cannot contain control characters, because headers cannot. To a schema 7.0 is an integer; the
    server reads integers without a dot."""
    if has_whole_float(body):
        return False
    return not isinstance(body, dict) or all(name.isprintable() for name in body)


def has_whole_float(value):
    if isinstance(value, (dict, list)):
        return any(map(has_whole_float, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float) and value.is_integer()


def is_wrong(case, location):
    return case.meta is not None and case.meta.is_negative_at(location)


def fill_path(case, name, number):
    if not case.path_parameters or is_wrong(case, At.PATH):
        return
    values = case.path_parameters
    if case.path.startswith("/media/"):
        fill_media(case, number)
    elif "event_id" in values:
        values["event_id"] = event_for(name)
        values.update({key: FACTS[key] for key in ("image_id", "face_id", "person_id") if key in values})
        if name == "DELETE /events/{event_id}/people/{person_id}":
            values["person_id"] = take(FACTS["spare_people"])
    elif "image_id" in values:
        values["image_id"] = take(FACTS["spare_images"])
    elif "search_id" in values:
        own = FACTS[f"{'admin' if ROUND == 'nobody' else ROUND}_searches"]
        values["search_id"] = take(own) if case.method == "DELETE" else own[0]
    elif "share_code" in values:
        values["share_code"] = FACTS["share_code"]


def event_for(name):
    """Something to change or delete that no other request needs."""
    if name == "DELETE /events/{event_id}" and ROUND == "admin":
        return world.call(BASE, "POST", "/events", {"name": "Over", "password": None}, FACTS["admin"])["id"]
    if name in ("PUT /events/{event_id}", "POST /events/{event_id}/images", "PUT /events/{event_id}/people"):
        return FACTS["changing"]
    return FACTS["event"]


def take(spare):
    """Takes one after the other; the last one is reused, and is then refused or gone."""
    return spare.pop() if len(spare) > 1 else spare[0]


def fill_media(case, number):
    """Path and signature of a signed URL that the server issued."""
    if is_wrong(case, At.QUERY):
        return
    addresses = FACTS["media"][case.path.split("/")[2]]
    if not addresses:
        return
    url = urllib.parse.urlsplit(addresses[number % len(addresses)])
    names = [part.strip("{}") for part in case.path.split("/")[3:]]
    for name, value in zip(names, url.path.split("/")[3:]):
        case.path_parameters[name] = int(value) if value.isdigit() else value
    query = dict(urllib.parse.parse_qsl(url.query))
    case.query.update({"user": int(query["user"]), "exp": int(query["exp"]), "sig": query["sig"]})


def fill_query(case, name, number):
    if is_wrong(case, At.QUERY):
        return
    if name == "GET /events/search":
        case.query["q"] = ("rina", "Rina &", "chang")[number % 3]
    elif name == "DELETE /fotota" and ROUND != "nobody":
        case.query["ids"] = [take(FACTS[f"{ROUND}_bookmarks"]), 2]
    elif name == "GET /events/{event_id}/cameras/images":
        case.query.update({"camera": world.CAMERAS[0], "around": "2026-11-23T18:04:09"})
        case.query.pop("body", None)


def content_for(case, name, number):
    """A real picture or form in place of the generated one."""
    if is_wrong(case, At.BODY):
        return None
    if name == "POST /events/{event_id}/people/{person_id}/portrait":
        return world.SELFIE.read_bytes()
    if name == "POST /users/me/selfie":
        return [("selfie_file", ("me.jpg", world.SELFIE.read_bytes()))]
    if name == "POST /events/{event_id}/images":
        picture = ("files", ("a.jpg", world.photos()[number % 3].read_bytes()))
        return [picture, ("files", ("b.mov", b"no picture"))][: 1 + number % 2]
    return None


def fill_what_no_schema_says(case, name):
    if is_wrong(case, At.BODY) or not isinstance(case.body, dict):
        return
    if name in ("POST /events", "PUT /events/{event_id}") and case.body.get("delete_at") is not None:
        # A time in the past is rejected.
        case.body["delete_at"] = "2999-12-31"
    if name in ("POST /events", "PUT /events/{event_id}") and case.body.get("faces_delete_at") is not None:
        case.body["faces_delete_at"] = "2999-12-30"
    if name == "PUT /studio/clock":
        # The computer's own time; any other is rejected.
        case.body["right"] = datetime.datetime.now(datetime.timezone.utc).isoformat()
    elif name == "POST /events/{event_id}/people" and not case.body.get("name") and not case.body.get("faces"):
        case.body["name"] = "Rina"
    elif name == "POST /events/{event_id}/people/{person_id}/merge":
        if case.body.get("other") == case.path_parameters.get("person_id"):
            # Nobody can be merged with themselves.
            case.body["other"] += 1


def fill_body(case, name):
    if is_wrong(case, At.BODY) or not isinstance(case.body, dict):
        return
    if name == "POST /fotota":
        case.body["image_ids"] = FACTS["images"]
    elif name == "POST /events/{event_id}/images/change":
        case.body.update({"ids": FACTS["images"], "action": "show"})
    elif name == "PUT /events/{event_id}/images/{image_id}/versions":
        case.body["version"] = FACTS["image_id"]
    elif name == "PUT /events/{event_id}/cameras":
        case.body.update({"camera": world.CAMERAS[0], "body": None})
    elif name == "POST /events/{event_id}/cameras/same-moment":
        case.body.update(zip(("photo", "reference"), FACTS["by_cameras"]))
    elif name == "POST /events/{event_id}/people":
        case.body.update({"faces": [FACTS["face_id"]], "instead_of": FACTS["person_id"]})
    elif name == "POST /events/{event_id}/people/{person_id}/faces":
        case.body["faces"] = [FACTS["face_id"]]
    elif name == "POST /events/{event_id}/people/{person_id}/merge":
        case.body["other"] = take(FACTS["spare_people"])
    elif name == "POST /events/{event_id}/access":
        case.body["password"] = "rahasia"
    elif name == "POST /studio/rehearsal":
        case.body.update({"guests": 1, "within_seconds": 1, "despite_guests": True})
    elif name == "POST /drive-searches":
        case.body["drive_url"] = f"https://drive.google.com/drive/folders/fuzz-folder-0"
    elif name == "POST /auth/google":
        case.body.update({"server_auth_code": None, "google_access_token": world.PROVIDER_TOKEN})
    elif name in ("POST /auth/local", "POST /auth/session"):
        case.body.update({"login": "studio@example.com", "password": "12345678"})
