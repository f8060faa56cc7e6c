"""The way from a browser to us: address, proxy, origin and WebSockets, by really going there.

The server tells how a request reached it, to whoever proves to know the secret key.
"""

import http.client
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    WebSocketException,
)
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from chat.protocol import SUBPROTOCOL, Close
from chat.views.status import PROOF, PROOF_SALT
from chatsite.doctor.findings import Finding, bad, good, warn
from chatsite.endpoints import is_public_url

SECONDS = 5
FORGED = "203.0.113.7"
"""An address that nobody has; we claim it, and nobody should believe it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How a request reached the server."""

    remote: str
    scheme: str
    host: str
    forwarded: str


class NotThere(Exception):
    """Nothing of ours answers. Says what was met instead."""


def own_url() -> str:
    """Where the server listens on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.HOST, settings.HOST)
    return f"http://{host}:{settings.PORT}"


def ask(url: str) -> Seen:
    """Go to the server behind this address. Raises NotThere."""
    parts = urlsplit(url)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    link = make(parts.hostname or "", parts.port, timeout=SECONDS)
    headers = {PROOF: signing.dumps("doctor", salt=PROOF_SALT), "X-Forwarded-For": FORGED}
    try:
        link.request("GET", "/healthz", headers=headers)
        answer = link.getresponse()
        body = answer.read(10_000)
    except ssl.SSLCertVerificationError as error:
        said = _("its certificate is not valid (%(why)s)") % {"why": error.verify_message}
        raise NotThere(said) from None
    except TimeoutError:
        raise NotThere(_("no answer within %(seconds)d s") % {"seconds": SECONDS}) from None
    except (OSError, http.client.HTTPException) as error:
        raise NotThere(str(error) or type(error).__name__) from error
    finally:
        link.close()
    if answer.status in {301, 302, 307, 308}:
        raise NotThere(_("it leads on to %(url)s") % {"url": answer.headers.get("Location")})
    try:
        return Seen(**orjson.loads(body))
    except (TypeError, ValueError):
        if answer.status == 200 and body == b"ok\n":
            raise NotThere(_("another Madang answers, or one with another SECRET_KEY")) from None
        raise NotThere(
            _("something else answers there (HTTP %(status)d)") % {"status": answer.status}
        ) from None


def address() -> Iterator[Finding]:
    """Whether PUBLIC_URL makes sense and leads here."""
    url = settings.PUBLIC_URL
    if not url:
        yield warn(
            "address", _("PUBLIC_URL is not set: only this machine and its network can come in."),
            _("For a public chat set PUBLIC_URL to the address that people type."),
        )  # fmt: skip
        try:
            ask(own_url())
        except NotThere as missing:
            yield bad(
                "address", _("Nothing answers at %(url)s: %(why)s.")
                % {"url": own_url(), "why": missing},
                _("Start the server: bin/run or docker compose up -d"),
            )  # fmt: skip
        else:
            yield good("address", _("The server answers at %(url)s.") % {"url": own_url()})
        return
    parts = urlsplit(url)
    if not is_public_url(url):
        yield bad(
            "address", _("PUBLIC_URL holds more than a name and a port: %(url)s") % {"url": url},
            _("Madang needs a name of its own, such as https://chat.example.org."),
        )  # fmt: skip
        return
    name = parts.hostname or ""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None)}
    except OSError:
        yield bad(
            "address", _("The name %(name)s leads nowhere.") % {"name": name},
            _("Make a DNS record for it that points to this server."),
        )  # fmt: skip
        return
    local = all(ip_address(address.partition("%")[0]).is_private for address in found)
    if parts.scheme == "http" and not local:
        yield warn(
            "address", _("PUBLIC_URL begins with http: everyone on the way can read along."),
            _("Use https; the compose file's proxy fetches the certificate by itself."),
        )  # fmt: skip
    try:
        seen = ask(url)
    except NotThere as missing:
        yield bad(
            "address", _("%(url)s does not lead here: %(why)s.") % {"url": url, "why": missing},
            _("Is the server running, and does the proxy pass this name on to %(own)s?")
            % {"own": own_url()},
        )  # fmt: skip
        return
    yield good("address", _("%(url)s leads here.") % {"url": url})
    yield from proxy(seen)
    if seen.host.lower() == parts.netloc.lower():  # Else they are refused by that alone.
        yield from sockets(url)


def plain() -> Iterator[Finding]:
    """Whether any page in the world may use the plain interface of a server that is not public."""
    if settings.PLAIN_INTERFACE != "any" or not _private():
        yield good(
            "plain", _("The plain interface is set: %(mode)s.") % {"mode": settings.PLAIN_INTERFACE}
        )
        return
    yield warn(
        "plain",
        _("Any site that people here open in a browser can hear the board and speak on it."),
        _("Set PLAIN_INTERFACE=own, or off where no plain client is used."),
    )


def _private() -> bool:
    """Whether only this machine and its network come in."""
    name = urlsplit(settings.PUBLIC_URL).hostname
    if not name:
        return True
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None)}
    except OSError:
        return False
    return all(ip_address(address.partition("%")[0]).is_private for address in found)


def proxy(seen: Seen) -> Iterator[Finding]:
    """Whether the server sees who really asks, and how."""
    parts = urlsplit(settings.PUBLIC_URL)
    forwarded = [part.strip() for part in seen.forwarded.split(",") if part.strip()]
    behind = forwarded != [FORGED]
    fine = True
    if seen.remote == FORGED:
        fine = False
        yield bad(
            "proxy", _("A client can claim any address, and so escape the limits."),
            _("Let the proxy replace X-Forwarded-For, and name only the proxy in TRUSTED_PROXIES."),
        )  # fmt: skip
    elif behind and seen.remote not in forwarded:
        fine = False
        yield bad(
            "proxy",
            _("All people seem to come from the proxy, %(proxy)s, and share one limit.")
            % {"proxy": seen.remote},
            _("Set TRUSTED_PROXIES=%(proxy)s") % {"proxy": seen.remote},
        )
    if seen.scheme != parts.scheme:
        fine = False
        yield bad(
            "proxy",
            _("PUBLIC_URL says %(public)s, but requests seem to come by %(seen)s.")
            % {"public": parts.scheme, "seen": seen.scheme},
            _("Let the proxy set X-Forwarded-Proto, and name it in TRUSTED_PROXIES."),
        )
    if seen.host.lower() != parts.netloc.lower():
        fine = False
        yield bad(
            "proxy", _("The proxy changes the name: we see %(host)s.") % {"host": seen.host},
            _("Let it pass the Host header on unchanged (nginx: proxy_set_header Host $host)."),
        )  # fmt: skip
    if fine:
        yield good("proxy", _("We see who asks and how: %(remote)s.") % {"remote": seen.remote})


def sockets(url: str) -> Iterator[Finding]:
    """Whether a WebSocket of our pages gets through, and one of others does not."""
    code = _opened(url, url)
    if code == Close.NO_SESSION:
        yield good("websocket", _("WebSockets get through, from our pages."))
    elif code == 403:
        yield bad(
            "origin", _("Our own pages are refused as foreign: their origin is not PUBLIC_URL."),
            _("Start the server with this PUBLIC_URL, and let the proxy keep Origin as it is."),
        )  # fmt: skip
    else:
        yield bad(
            "websocket", _("A WebSocket does not get through: %(why)s.") % {"why": code},
            _("Let the proxy pass Upgrade and Connection on, with HTTP/1.1 to us, for /ws/."),
        )  # fmt: skip
        return
    if _opened(url, "https://elsewhere.invalid") != 403:
        yield bad(
            "origin", _("Pages of other sites can open WebSockets in our people's names."),
            _("Let the proxy keep Origin as it is."),
        )  # fmt: skip
    else:
        yield good("origin", _("Other sites' pages are refused."))


def _opened(url: str, origin: str) -> int | str:
    """The code a socket without a session is closed with, the HTTP status that refused it, or
    what happened instead."""
    try:
        with connect(
            f"{url.replace('http', 'ws', 1)}/ws/",
            origin=Origin(origin), subprotocols=[Subprotocol(SUBPROTOCOL)],
            open_timeout=SECONDS, close_timeout=1, proxy=None,
        ) as live:  # fmt: skip
            live.recv(SECONDS)
    except InvalidStatus as refused:
        status = refused.response.status_code
        return status if status == 403 else f"HTTP {status}"
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else _("cut off")
    except (InvalidHandshake, WebSocketException) as error:
        return str(error)
    except TimeoutError:
        return _("no answer within %(seconds)d s") % {"seconds": SECONDS}
    except OSError as error:
        return str(error)
    return _("something else answers there (HTTP %(status)d)") % {"status": 101}
