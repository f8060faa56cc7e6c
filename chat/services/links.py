"""Finds the links in a text: http, https, mailto and www. alone, and never more than the link.

The same rules as the page's own `links.js`: a link ends before full-width signs and before a
Korean particle, where people write without a space. Called by `formatting`.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import regex

PARTICLES_MAX = 12

_START = regex.compile(r"(?:https?://|mailto:|www\.)", regex.I)
_MEMBERS = regex.compile(
    r"[^\s\p{C}<>\"`{}|\\^\u3000-\u303f\uff00-\uffef\u2018-\u201f\u2026\u00b7\u00ab\u00bb]{0,2100}"
)
_TRAILING = ".,!?;:'*_~"
_HANGUL = r"\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"
_FIRST_HANGUL = regex.compile(rf"[{_HANGUL}]")
_LAST_HANGUL = regex.compile(rf"[{_HANGUL}]++$")
_PARTICLES = regex.compile(
    "(?:은|는|이|가|을|를|와|과|랑|이랑|도|만|의|에|에서|에게|께|로|으로|부터|까지|처럼|보다|한테"
    "|라고|이라고|라는|이라는|나|이나|든지|요|이요|야|이야|예요|이에요|에요|입니다|인데|인데요"
    "|네요|이네요|죠|이죠|고|이고|면|이면|서|밖에|마다|조차|쯤|들|하고|참고|보세요|봐요|봐)+"
)
_LATIN_HOST = regex.compile(rf"(.*[.][a-z0-9-]+(?::\d+)?)[{_HANGUL}]", regex.I)
_LOCAL_HOST = regex.compile(rf"[a-z0-9-]+(?::\d+)?(?=[{_HANGUL}])", regex.I)
_KOREAN_HOST = regex.compile(r"(.*[.]한국).")
_BEFORE = regex.compile(r"[a-z0-9@/.-]", regex.I)


def find_links(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each link starts and ends, and where it leads, in their order."""
    done = 0
    while (match := _START.search(text, done)) is not None:
        done = match.end()
        start = match.start()
        if start and _BEFORE.match(text[start - 1]):
            continue
        written = _link_at(text, start)
        href = href_of(written)
        if href is not None:
            done = start + len(written)
            yield start, done, href


def link_at(text: str, start: int) -> str | None:
    """The link that is written at this place; None when there is none."""
    if start and _BEFORE.match(text[start - 1]):
        return None
    written = _link_at(text, start)
    return written if _START.match(written) and href_of(written) else None


def href_of(written: str) -> str | None:
    """The address that a written link leads to; None when it is not one that may be followed."""
    text = f"https://{written}" if written[:4].lower() == "www." else written
    if _MEMBERS.fullmatch(text) is None:
        return None
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme == "mailto":
        return text if regex.fullmatch(r"mailto:[^@\s]+@[^@\s]+", text, regex.I) else None
    # A name before the host is how a link pretends to lead elsewhere.
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        return None
    return None if host.endswith(".") else text


def _link_at(text: str, start: int) -> str:
    found = _MEMBERS.match(text, start)
    return _trim_end(_trim_korean(_trim_end(found[0]))) if found else ""


def _trim_end(link: str) -> str:
    """Without the signs that end a sentence, and brackets that were opened outside."""
    while True:
        cut = link.rstrip(_TRAILING)
        for opening, closing in ("()", "[]"):
            if cut.endswith(closing) and cut.count(opening) < cut.count(closing):
                cut = cut[:-1]
        if cut == link:
            return link
        link = cut


def _trim_korean(link: str) -> str:
    scheme = regex.match(r"(?:https?://|mailto:)?", link, regex.I)
    begin = scheme.end() if scheme else 0
    slash = regex.search(r"[/?#]", link[begin:])
    end = begin + slash.start() if slash else len(link)
    host = _trim_host(link[begin:end])
    if slash is None or len(host) < end - begin:
        return link[:begin] + host
    path = link[end:]
    if regex.search(r"%[0-9a-f]{2}", path, regex.I):
        hangul = _FIRST_HANGUL.search(path)
        return link[: end + hangul.start()] if hangul else link
    run = _LAST_HANGUL.search(path)
    # Longer runs are names, and trying every way to split them would take for ever.
    if run is not None and len(run[0]) <= PARTICLES_MAX and _PARTICLES.fullmatch(run[0]):
        return link[: end + run.start()]
    return link


def _trim_host(host: str) -> str:
    """A name in Latin letters ends there; one ending in 한국 ends after it."""
    for pattern in (_LATIN_HOST, _LOCAL_HOST, _KOREAN_HOST):
        if (found := pattern.match(host)) is not None:
            return str(found[1] if pattern.groups else found[0])
    return host
