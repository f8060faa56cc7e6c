"""What a phone needs to keep the chat: the manifest, the service worker, the pages shown offline.

None of it knows whom it speaks to: the worker stores these answers on the device, and what a
person reads never passes through its cache.
"""

import functools
import json
import re
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.utils.translation import gettext as _

from chat.views.page import page

SHELL, AWAY = "/offline/rooms", "/offline"
STATIC_FILE = re.compile(r'(?:href|src|data-\w+)="(/[^"#?]+\.(?:css|js|svg|png|txt))"')
PAPER, ACCENT = "#f9f7f3", "#ac4723"


@page("GET", "HEAD")
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest, in the language that its address names."""
    lang = _language(request)
    with translation.override(lang):
        body = {
            "id": "/",
            "name": _("Madang"),
            "short_name": _("Madang"),
            "description": _("A yard to talk in together"),
            "lang": lang,
            "dir": "ltr",
            "start_url": "/rooms",
            "scope": "/",
            "display": "standalone",
            "background_color": PAPER,
            "theme_color": PAPER,
            "categories": ["social"],
            "icons": [
                _icon("icon-192.png", "192x192"),
                _icon("icon-512.png", "512x512"),
                _icon("maskable-512.png", "512x512", "maskable"),
            ],
            "shortcuts": [
                {"name": _("New room"), "url": "/rooms/new"},
                {"name": _("Enter a room"), "url": "/join"},
            ],
        }
    content = json.dumps(body, ensure_ascii=False)
    response = HttpResponse(content, content_type="application/manifest+json")
    response["Cache-Control"] = "public, max-age=3600"
    return response


@page("GET", "HEAD")
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. Its text changes, and browsers take the new one, when the shell does."""
    content = _worker(_language(request), settings.STATIC_URL)
    response = HttpResponse(content, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@page("GET", "HEAD")
def shell(request: HttpRequest) -> HttpResponse:
    """The conversation's page without anyone's data: offline it shows what the device kept."""
    return HttpResponse(_shell(_language(request)))


@page("GET", "HEAD")
def away(request: HttpRequest) -> HttpResponse:
    """The page in place of one that needs the server."""
    return HttpResponse(_away(_language(request)))


def _language(request: HttpRequest) -> str:
    """The language that the address asks for, else the request's own."""
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else translation.get_language() or "en"


def _shell(lang: str) -> str:
    with translation.override(lang):
        return render_to_string("chat/app.html", {"view": "list", "login": None, "boot": "null"})


def _away(lang: str) -> str:
    with translation.override(lang):
        return render_to_string("chat/offline.html")


@functools.cache
def _worker(lang: str, _static_url: str) -> str:
    """Made once a process: static files and templates don't change under a running one."""
    pages = {SHELL: _shell(lang), AWAY: _away(lang)}
    named = {url for text in pages.values() for url in STATIC_FILE.findall(text)}
    files = sorted(named)
    source = Path(str(finders.find("chat/js/worker.js"))).read_text(encoding="utf-8")
    digest = blake2b(digest_size=8)
    for text in (source, *pages.values(), *files):
        digest.update(text.encode())
    told = {
        "version": f"{lang}-{digest.hexdigest()}",
        "files": files,
        "shell": f"{SHELL}?lang={lang}",
        "away": f"{AWAY}?lang={lang}",
    }
    return f"self.KEEP = {json.dumps(told)};\n{source}"


def _icon(name: str, sizes: str, purpose: str = "any") -> dict[str, Any]:
    url = static(f"chat/icons/{name}")
    return {"src": url, "sizes": sizes, "type": "image/png", "purpose": purpose}
