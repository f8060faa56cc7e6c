"""What a phone keeps: the manifest, the service worker, and the pages it shows offline."""

import json
import re
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from tests.support.people import client_of, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("static_files")]


def served(url: str) -> bytes:
    """A static file by its address."""
    path = Path(settings.STATIC_ROOT) / url.removeprefix(settings.STATIC_URL)
    return path.read_bytes()


@pytest.mark.parametrize(("lang", "name"), [("ko", "마당"), ("en", "Madang")])
def test_manifest_speaks_the_language_of_its_address(lang: str, name: str) -> None:
    page = Client(headers={"accept-language": lang}).get("/").content.decode()
    address = re.search(r'<link rel="manifest" crossorigin="use-credentials" href="([^"]+)"', page)
    assert address is not None
    answer = Client(headers={"accept-language": "fr"}).get(address.group(1))
    assert answer["Content-Type"] == "application/manifest+json"
    told = json.loads(answer.content)
    assert (told["name"], told["lang"]) == (name, lang)
    assert (told["start_url"], told["scope"], told["display"]) == ("/rooms", "/", "standalone")


def test_icons_have_the_sizes_that_the_manifest_and_the_page_name() -> None:
    told = json.loads(Client().get("/manifest.webmanifest").content)
    purposes = set()
    for icon in told["icons"]:
        with Image.open(BytesIO(served(icon["src"]))) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]
        purposes.add((icon["sizes"], icon["purpose"]))
    assert purposes == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
    touch = re.search(
        r'<link rel="apple-touch-icon" href="([^"]+)"', Client().get("/").content.decode()
    )
    assert touch is not None
    with Image.open(BytesIO(served(touch.group(1)))) as picture:
        assert picture.size == (180, 180)


def kept(client: Client, lang: str = "ko") -> dict[str, object]:
    """What the worker is told to keep."""
    text = client.get(f"/sw.js?lang={lang}").content.decode()
    told: dict[str, object] = json.loads(text.split(" = ", 1)[1].split(";\n", 1)[0])
    return told


def test_worker_is_served_for_the_whole_site_and_allowed_by_the_policy() -> None:
    answer = Client().get("/sw.js?lang=ko")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert "no-cache" in answer["Cache-Control"]
    assert "worker-src 'self'" in Client().get("/")["Content-Security-Policy"]


def test_worker_keeps_the_shells_own_files_and_nothing_else() -> None:
    told = kept(Client())
    files = told["files"]
    assert isinstance(files, list)
    for url in files:
        # The hash in the name is what makes keeping it safe.
        assert re.fullmatch(r"/static/chat/[\w./-]+\.[0-9a-f]{12}\.(css|js|svg|png|txt)", url), url
        served(url)
    parts = {url.rsplit("/", 1)[1].split(".")[0] for url in files}
    assert parts >= {"main", "room", "search", "emoji", "offline", "page"}
    assert told["shell"] == "/offline/rooms?lang=ko"
    assert told["away"] == "/offline?lang=ko"


def test_each_language_is_a_version_of_its_own_and_a_wrong_one_is_no_error() -> None:
    versions = [str(kept(Client(), lang)["version"]) for lang in ("ko", "en", "xx")]
    assert versions[0].startswith("ko-")
    assert versions[1].startswith("en-")
    assert versions[2] == versions[1]


@pytest.mark.parametrize("path", ["/offline?lang=ko", "/offline/rooms?lang=ko"])
def test_what_is_kept_knows_nobody(path: str) -> None:
    alice = make_person("앨리스의이름")
    mine, anyones = client_of(alice).get(path), Client().get(path)
    assert mine.content == anyones.content
    assert not mine.cookies
    text = mine.content.decode()
    assert "앨리스의이름" not in text
    assert "csrf" not in text
    assert 'lang="ko"' in text
