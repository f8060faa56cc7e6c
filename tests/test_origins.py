"""The Origin rule: exact scheme, host and port, and only hosts that are this machine."""

import pytest

from chat.origins import is_ours

OWN = ["localhost", "127.0.0.1", "[::1]", "192.168.0.7"]


@pytest.mark.parametrize(
    ("origin", "scheme", "host"),
    [
        ("http://localhost:8000", "http", "localhost:8000"),
        ("http://LOCALHOST:8000", "ws", "LocalHost:8000"),
        ("http://[::1]:8000", "ws", "[::1]:8000"),
        ("http://192.168.0.7", "ws", "192.168.0.7:80"),
        ("https://192.168.0.7", "wss", "192.168.0.7"),
    ],
)
def test_the_requests_own_address_is_ours(origin, scheme, host):
    assert is_ours(origin, scheme, host, "", OWN)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://localhost",
        "http://localhost:8001",
        "https://localhost:8000",
        "http://localhost.evil.example:8000",
        "http://evil-localhost:8000",
        "http://user@localhost:8000",
        "http://localhost:8000/path",
        "http://localhost:8000?",
        "http://localhost:99999",
        "http://localhost:80 00",
        "http://[::1",
        "http://127.0.0.1:8000",
        "ftp://localhost:8000",
        "http://lоcalhost:8000",
    ],
)
def test_anything_else_is_foreign(origin):
    assert not is_ours(origin, "http", "localhost:8000", "", OWN)


def test_a_foreign_name_for_this_machine_is_foreign():
    assert not is_ours("http://evil.example:8000", "http", "evil.example:8000", "", OWN)


def test_with_a_public_url_only_that_is_ours():
    public = "https://chat.example.org"
    assert is_ours("https://chat.example.org", "http", "inner:8000", public, OWN)
    assert is_ours("https://chat.example.org:443", "http", "inner:8000", public, OWN)
    assert not is_ours("http://chat.example.org", "http", "inner:8000", public, OWN)
    assert not is_ours("https://chat.example.org.evil.example", "http", "inner", public, OWN)
    assert not is_ours("http://localhost:8000", "http", "localhost:8000", public, OWN)
