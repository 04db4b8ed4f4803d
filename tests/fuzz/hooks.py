"""Replaces generated values by real ones in three of four requests, unless the request is meant to be invalid.

The choice depends on the generated values only, so a repeated request gets the same ones.
"""

import functools
import json
import os
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


@schemathesis.hook
def before_call(context, case, kwargs):
    made_up = f"{case.method} {case.path} {case.path_parameters} {case.query} {case.body!r}"
    number = zlib.crc32(made_up.encode(errors="replace"))
    name = f"{case.method} {case.path}"
    files = None
    fill_what_no_schema_says(case, name)
    # Sequences of requests use the ids that the server just returned.
    if number % 4 and not (case.meta and case.meta.phase.name == TestPhase.STATEFUL):
        fill_path(case, name, number // 4)
        fill_query(case, name, number // 4)
        fill_body(case, name)
        files = files_for(case, name, number // 4)
    kwargs["auth"] = functools.partial(last_touch, name, files)


def last_touch(name, files, request):
    """Real values where a generated one means nothing; an omitted sign-in stays omitted."""
    request.headers["X-Forwarded-For"] = world.address()
    if name in AS_OTHERS and request.headers.get("Authorization") == f"Bearer {FACTS['token']}":
        request.headers["Authorization"] = f"Bearer {world.register(BASE)}"
    if files:
        request.headers.pop("Content-Type", None)
        request.prepare_body(None, files)
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
        values.update({key: FACTS[key] for key in ("image_id", "face_id") if key in values})
    elif "image_id" in values:
        values["image_id"] = take(FACTS["spare_images"], FACTS["images"][0])
    elif "search_id" in values:
        own = FACTS[f"{'admin' if ROUND == 'nobody' else ROUND}_searches"]
        values["search_id"] = own.pop() if case.method == "DELETE" and len(own) > 1 else own[0]
    elif "share_code" in values:
        values["share_code"] = FACTS["share_code"]


def event_for(name):
    """Something to change or delete that no other request needs."""
    if name == "DELETE /events/{event_id}" and ROUND == "admin":
        return world.call(BASE, "POST", "/events", {"name": "Over", "password": None}, FACTS["admin"])["id"]
    if name in ("PUT /events/{event_id}", "POST /events/{event_id}/images"):
        return FACTS["changing"]
    return FACTS["event"]


def take(spare, last):
    """Takes one after the other; the last one is reused, and is then refused or gone."""
    return spare.pop() if spare else last


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
    case.query.update({"exp": int(query["exp"]), "sig": query["sig"]})


def fill_query(case, name, number):
    if is_wrong(case, At.QUERY):
        return
    if name == "GET /events/search":
        case.query["q"] = ("rina", "Rina &", "chang")[number % 3]
    elif name == "DELETE /fotota" and ROUND != "nobody":
        case.query["ids"] = [take(FACTS[f"{ROUND}_bookmarks"], 1), 2]


def files_for(case, name, number):
    """A real form in place of the generated one."""
    if is_wrong(case, At.BODY):
        return None
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
    elif name == "POST /events/{event_id}/print" and not case.body.get("wifi"):
        case.body["layout"] = "poster"


def fill_body(case, name):
    if is_wrong(case, At.BODY) or not isinstance(case.body, dict):
        return
    if name == "POST /fotota":
        case.body["image_ids"] = FACTS["images"]
    elif name == "POST /events/{event_id}/images/change":
        case.body.update({"ids": FACTS["images"], "action": "show"})
    elif name == "POST /events/{event_id}/access":
        case.body["password"] = "rahasia"
    elif name == "POST /drive-searches":
        case.body["drive_url"] = f"https://drive.google.com/drive/folders/fuzz-folder-0"
    elif name in ("POST /auth/local", "POST /auth/session"):
        case.body.update({"login": "studio@example.com", "password": "12345678"})
