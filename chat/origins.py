"""Whose pages may speak to us: the one Origin rule of the JSON interface and of `/ws/`.

Pure: no Django, no settings; callers pass what they know of the request.
"""

from collections.abc import Collection
from functools import lru_cache
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
WEB_SCHEME = {"ws": "http", "wss": "https"}


def is_ours(
    origin: str, scheme: str, host: str, public_url: str, own_hosts: Collection[str]
) -> bool:
    """Whether a page of `origin` belongs to this site.

    Ours is `public_url`'s origin. Without it (empty) ours is the request's own `scheme`
    (http, https, ws or wss) and `host` (the Host header), provided that its name is one of
    `own_hosts`: a foreign name that resolves to this machine is not ours. A missing Origin is
    the caller's decision; here `""` and `"null"` are foreign.
    """
    given = origin_parts(origin)
    if given is None:
        return False
    if public_url:
        return given == origin_parts(public_url)
    own = origin_parts(f"{WEB_SCHEME.get(scheme, scheme)}://{host}")
    if own is None or given != own:
        return False
    return own[1] in {_bare(name) for name in own_hosts}


@lru_cache(maxsize=256)
def origin_parts(url: str) -> tuple[str, str, int] | None:
    """Scheme, lower-case host name and port of an origin; None when it isn't one."""
    if not url.isascii() or any(sign.isspace() for sign in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme
    if scheme not in DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        return None
    if parts.path or parts.query or parts.fragment or url.endswith(("?", "#")):
        return None
    return scheme, parts.hostname, DEFAULT_PORTS[scheme] if port is None else port


def _bare(host: str) -> str:
    return host.removeprefix("[").removesuffix("]").lower()
