"""What a socket's opening request says: cookies, origin, address and language."""

from collections.abc import Mapping
from http.cookies import CookieError
from typing import Any

from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils import translation
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from chat import limits
from chat.errors import ChatError
from chat.origins import is_ours


def header(scope: Mapping[str, Any], name: bytes) -> str:
    """A request header's value, empty when it is not there."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def cookies_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """The request's cookies; none when the header can't be read."""
    try:
        return parse_cookie(header(scope, b"cookie"))
    except CookieError:
        return {}


def origin_is_ours(scope: Mapping[str, Any]) -> bool:
    """Whether a page of this site opened the socket; a missing Origin is none of ours."""
    return is_ours(
        header(scope, b"origin"),
        str(scope.get("scheme", "ws")),
        header(scope, b"host"),
        settings.PUBLIC_URL,
        settings.OWN_HOSTS,
    )


def asks_for_us(scope: Mapping[str, Any]) -> bool:
    """Whether a socket was opened by a name of ours: a page of elsewhere whose own name leads here
    (DNS rebinding) says that name. One Host, as RFC 9112 wants it.
    """
    hosts = [value for key, value in scope["headers"] if key == b"host"]
    name, _port = split_domain_port(hosts[0].decode("latin-1")) if len(hosts) == 1 else ("", "")
    return bool(name) and validate_host(name, settings.ALLOWED_HOSTS)


def has_origin(scope: Mapping[str, Any]) -> bool:
    """Whether a page opened the socket: other clients mostly say no Origin."""
    return any(key == b"origin" for key, _value in scope["headers"])


def address_of(scope: Mapping[str, Any]) -> str:
    """The client's address as limits count it, by what the server or its trusted proxy tells."""
    client = scope.get("client")
    return limits.address_key(str(client[0]) if client else "")


def language_of(scope: Mapping[str, Any]) -> str:
    """The reader's language: what was chosen, then what the browser asks for, else ours."""
    chosen = cookies_of(scope).get(settings.LANGUAGE_COOKIE_NAME, "")
    wanted = [chosen] if chosen else []
    wanted += [tag for tag, _q in parse_accept_lang_header(header(scope, b"accept-language"))]
    for tag in wanted:
        try:
            return get_supported_language_variant(tag)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def worded(error: ChatError, language: str) -> str:
    """An error's sentence in a language."""
    with translation.override(language):
        sentence = translation.gettext(error.sentence)
    return sentence % error.params if error.params else sentence
