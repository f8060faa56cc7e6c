"""A new password ends the sessions that it was not set by, and their sockets at the next look."""

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.core.management import call_command

from chat.models import User
from chat.protocol import Close
from chat.realtime.node import Node
from chat.services.session_store import SessionStore
from tests.realtime.sockets import Socket, in_thread
from tests.support.people import client_of, make_owner

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def boss() -> User:
    return make_owner()


async def signed_in(node: Node, user: User) -> Socket:
    """A socket by a session of its own, as one opens."""
    client = await in_thread(client_of)(user)
    session = client.cookies["sessionid"].value
    standing = await node.standing(session)
    assert standing is not None
    socket = Socket(node, user, session)
    socket.connection.password = standing.password
    return socket


def change_password(user: User, session: str = "") -> None:
    """Set another password; the session by which it was set, if any, goes on."""
    user.set_password("another horse")
    user.save()
    if session:
        store = SessionStore(session)
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.save()


async def test_a_new_password_closes_the_sockets_of_other_sessions(node, boss, alice):
    own, stolen, guest = [await signed_in(node, user) for user in (boss, boss, alice)]
    await in_thread(change_password)(boss, own.connection.session)
    await node.upkeep._recheck()
    assert stolen.closed is Close.NO_SESSION
    assert stolen.reader.kinds()[-1] == "signed_out"
    assert own.closed is None
    assert guest.closed is None
    assert await node.standing(stolen.connection.session) is None


async def test_a_password_from_the_command_line_closes_all(node, boss, monkeypatch):
    sockets = [await signed_in(node, boss) for _ in range(2)]
    monkeypatch.setattr("getpass.getpass", lambda prompt: "another horse")
    await in_thread(call_command)("changepassword", boss.username)
    await node.upkeep._recheck()
    assert [socket.closed for socket in sockets] == [Close.NO_SESSION] * 2


async def test_sessions_are_read_again_only_for_another_password(node, boss, alice):
    own, _guest = [await signed_in(node, user) for user in (boss, alice)]
    before = node.database.reads["standings"]
    await node.upkeep._recheck()
    assert node.database.reads["standings"] == before
    await in_thread(change_password)(boss, own.connection.session)
    await node.upkeep._recheck()
    await node.upkeep._recheck()
    assert node.database.reads["standings"] == before + 1
    assert own.closed is None


async def test_a_word_of_a_new_password_closes_the_others_at_once(node, boss, alice):
    own, stolen, guest = [await signed_in(node, user) for user in (boss, boss, alice)]
    await in_thread(change_password)(boss, own.connection.session)
    node.facts.tell("password_changed", boss.pk)
    await stolen.reader.event("signed_out")
    assert stolen.closed is Close.NO_SESSION
    assert stolen.reader.kinds()[-1] == "signed_out"
    assert own.closed is None
    assert guest.closed is None
