"""A server with data: accounts, events, photos, a selfie, and searches of a Google Drive played here."""

import collections
import contextlib
import http.server
import itertools
import json
import pathlib
import struct
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

DEMO = pathlib.Path(__file__).resolve().parents[2] / "assets" / "demo"
SELFIE = DEMO / "selfies" / "Grace_Hopper_1.jpg"
FOLDER = "application/vnd.google-apps.folder"
PROVIDER_TOKEN = "fuzz-token"
ADDRESSES = itertools.count(1)
CAMERAS = ("Abc 5", "Xyz 7")


def photos():
    return sorted((DEMO / "photos").glob("*.jpg"))


class Others(http.server.BaseHTTPRequestHandler):
    """The OpenID provider, which knows one token, and Google Drive, which has folders `fuzz-folder-...`."""

    def answer(self, status, body):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        base = f"http://{self.headers['Host']}"
        name = url.path.removeprefix("/drive/files/")
        if url.path == "/.well-known/openid-configuration":
            ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys",
                    "userinfo_endpoint": "userinfo"}
            self.answer(200, {"issuer": base, **{key: f"{base}/{end}" for key, end in ends.items()}})
        elif url.path == "/tokeninfo" and query.get("access_token") == PROVIDER_TOKEN:
            self.answer(200, {"aud": "fuzz", "sub": "someone"})
        elif url.path == "/userinfo" and self.headers["Authorization"] == f"Bearer {PROVIDER_TOKEN}":
            self.answer(200, {"sub": "someone", "email": "someone@example.com", "email_verified": True})
        elif url.path == "/drive/files":
            self.answer(200, {"files": [self.picture()]})
        elif name.startswith("fuzz-folder-"):
            self.answer(200, {"id": name, "name": "Wedding", "mimeType": FOLDER})
        elif name == "fuzz-picture":
            self.answer(200, SELFIE.read_bytes() if query.get("alt") == "media" else self.picture())
        elif url.path.startswith("/drive/"):
            self.answer(404, {"error": {"code": 404, "message": "no", "errors": [{"reason": "notFound"}]}})
        else:
            self.answer(400, {"error": "invalid_token"})

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(400, {"error": "invalid_grant"})

    @staticmethod
    def picture():
        size = SELFIE.stat().st_size
        return {"id": "fuzz-picture", "name": "a.jpg", "mimeType": "image/jpeg", "md5Checksum": "one",
                "modifiedTime": "2026-01-02T03:04:05.000Z", "size": str(size),
                "imageMediaMetadata": {"width": 640, "height": 480}}

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serve(fotota, place, whole):
    """Yields the running server's address and set-up token; `whole`: with provider and Drive."""
    others = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Others)
    threading.Thread(target=others.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{others.server_port}"
    config = place / "config.toml"
    # Behind a proxy each request may have an address of its own, so that none hits the rate limit of an address.
    config.write_text(f"""
[log]
format = "json"
[server]
bind = "127.0.0.1:0"
behind_proxy = true
deep_link_base_url = "https://app.example.com/events"
[accounts]
registration = "open"
access_token_minutes = 1440
""" + (f"""
[google]
issuer = "{base}"
client_id = "fuzz"
client_secret = "fuzz"
token_info_url = "{base}/tokeninfo"
[drive]
api_key = "fuzz"
base_url = "{base}/drive"
""" if whole else ""))
    command = [fotota, "--data", place / "data", "--config", config, "--json", "serve"]
    with (place / "server.log").open("w") as log, \
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as server:
        try:
            said = json.loads(server.stdout.readline())
            yield said["listening"], said["setup"].partition("#")[2]
        finally:
            server.terminate()
            server.wait(30)
            others.shutdown()


def call(base, method, path, body=None, token=None, form=None):
    """Status and JSON of a response."""
    headers = {"X-Forwarded-For": address()}
    data = None
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None:
        data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
    if form:
        border = uuid.uuid4().hex
        parts = [f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="{file.name}"\r\n\r\n'.encode()
                 + file.read_bytes() + b"\r\n" for name, file in form]
        data = b"".join(parts) + f"--{border}--\r\n".encode()
        headers["Content-Type"] = f"multipart/form-data; boundary={border}"
    request = urllib.request.Request(base + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def address():
    """A new one each time."""
    number = next(ADDRESSES)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def register(base):
    """The access token of a new account."""
    account = {"login": f"u{uuid.uuid4().hex[:20]}", "password": "12345678"}
    return call(base, "POST", "/auth/register", account)["access_token"]


def wait_until(done):
    end = time.monotonic() + 120
    while not done():
        if time.monotonic() > end:
            raise TimeoutError("the server does not get ready")
        time.sleep(0.3)


def fill(base, setup, whole):
    """What the hooks may use in requests."""
    account = {"token": setup, "login": "studio@example.com", "password": "12345678", "name": "Studio"}
    admin = call(base, "POST", "/setup", account)["access_token"]
    user = register(base)
    event = call(base, "POST", "/events", {"name": "Rina & Adi", "password": "rahasia", "date": "2026-11-23"}, admin)
    other = call(base, "POST", "/events", {"name": "Changing", "password": None}, admin)
    here, there = f"/events/{event['id']}", f"/events/{other['id']}"
    call(base, "POST", f"{here}/images", token=admin, form=[("files", file) for file in photos()[:3]])
    spare = call(base, "POST", f"{there}/images", token=admin, form=[("files", file) for file in photos()[3:]])
    wait_until(lambda: call(base, "GET", here, token=admin)["indexed_by_robota"])
    with tempfile.TemporaryDirectory() as folder:
        taken = [taken_with(pathlib.Path(folder), camera) for camera in CAMERAS]
        by_cameras = call(base, "POST", f"{here}/images", token=admin, form=[("files", file) for file in taken])
    wait_until(lambda: call(base, "GET", here, token=admin)["indexed_by_robota"])
    entry = call(base, "POST", f"{here}/access", {"password": "rahasia"}, user)
    facts = {"base": base, "admin": admin, "user": user, "event": event["id"], "changing": other["id"],
             "share_code": event["share_code"], "spare_images": [image["id"] for image in spare],
             "by_cameras": [image["id"] for image in by_cameras],
             "event_token": entry["event_access_token"]}
    images = call(base, "GET", f"{here}/images", token=user)["items"]
    facts["images"] = [image["id"] for image in images]
    facts["image_id"] = facts["images"][0]
    facts.update(fill_people(base, here, admin))
    photo = [image[key] for image in images for key in ("url", "thumbnail_url", "original_url")]
    selfies, drive = [], []
    for name, token in (("admin", admin), ("user", user)):
        form = [("selfie_file", SELFIE)]
        selfies.append(call(base, "POST", "/users/me/selfie", token=token, form=form)["selfie"])
        bookmarks = call(base, "POST", "/fotota", {"image_ids": facts["images"]}, token)
        facts[f"{name}_bookmarks"] = [bookmark["id"] for bookmark in bookmarks]
        searches = []
        for number in range(3 if whole else 0):
            link = {"drive_url": f"https://drive.google.com/drive/folders/fuzz-folder-{number}"}
            searches.append(call(base, "POST", "/drive-searches", link, token)["search_id"])
        views = [f"/drive-searches/{search}" for search in searches]
        wait_until(lambda: all(call(base, "GET", view, token=token)["status"] == "completed" for view in views))
        drive += [found["url"] for view in views for found in call(base, "GET", view, token=token)["found_images"]]
        facts[f"{name}_searches"] = searches or [1]
    people = call(base, "GET", f"{here}/people", token=admin)["people"]
    faces = [person["face_url"] for person in people if person["face_url"]]
    facts["media"] = {"photos": photo, "faces": faces, "selfies": selfies, "drive": drive}
    assert photo and faces and (drive or not whole), "no photo, no face, or the played Drive has shown nothing"
    return facts


def taken_with(folder, camera):
    """A photo that says by which camera and when it was taken."""
    model, taken = camera.encode() + b"\0", b"2026:11:23 18:04:09\0"
    text_at = 8 + 2 + 2 * 12 + 4 + 2 + 12 + 4
    block = b"II*\0" + struct.pack("<IH", 8, 2)
    block += struct.pack("<HHII", 0x110, 2, len(model), text_at) + struct.pack("<HHIII", 0x8769, 4, 1, 38, 0)
    block += struct.pack("<HHHIII", 1, 0x9003, 2, len(taken), text_at + len(model), 0) + model + taken
    plain = photos()[0].read_bytes()
    file = folder / f"{camera}.jpg"
    file.write_bytes(plain[:2] + struct.pack(">HH", 0xFFE1, len(block) + 8) + b"Exif\0\0" + block + plain[2:])
    return file


def fill_people(base, event, admin):
    """Groups the event's faces; names someone who has faces, and many to delete or merge, who have none."""
    path = f"{event}/people"
    call(base, "PUT", path, {"on": True}, admin)

    def is_grouped():
        progress = call(base, "GET", path, token=admin)
        return progress["grouped"] == progress["faces"]

    wait_until(is_grouped)
    face = call(base, "GET", path, token=admin)["people"][0]["face"]
    person = call(base, "POST", path, {"name": "Rina", "faces": [face]}, admin)["id"]
    spare = [call(base, "POST", path, {"name": f"Guest {number}"}, admin)["id"] for number in range(60)]
    return {"face_id": face, "person_id": person, "spare_people": spare}


def answers(place):
    """What the server answered, according to its log."""
    told = {"statuses": collections.Counter(), "failures": []}
    for line in (place / "server.log").read_text(errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            entry = {"level": "ERROR" if "panicked" in line else ""}
        if entry["level"] == "ERROR":
            told["failures"].append(line)
        fields = entry.get("fields", {})
        if "status" in fields:
            told["statuses"][fields["status"]] += 1
    return told
