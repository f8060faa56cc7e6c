"""Backup and restore: taken while people talk, put back while they are connected."""

import asyncio
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import translation

from chat.models import BOARD_PK, Installation, Message
from chat.protocol import PAGE, Post
from chat.services import archive, feed
from chatsite import backup
from tests.support.live import Live, dial, live
from tests.support.people import make_person, make_room
from tests.support.server import ROOT, Server, Visitor, own_redis, serve


def manage(
    server: Server, *arguments: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env={**server.environment, **environment}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture(params=["one process", pytest.param("two workers", marks=pytest.mark.workers)])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    settings: dict[str, Any] = {"HEAD_CHECK_SECONDS": 1, "RATE_LIMITS": "off"}
    if request.param == "two workers":
        settings |= {"WORKERS": 2, "DATABASE_URL": request.getfixturevalue("postgres_database")}
        settings["REDIS_URL"] = own_redis(request.getfixturevalue("valkey_url"))
    with serve(**settings) as running:
        yield running


def history(server: Server, visitor: Visitor, room: str) -> dict[int, Any]:
    """All states of a room, by `seq`."""
    rows: dict[int, Any] = {}
    after, more = 0, True
    while more:
        path = f"/api/v1/rooms/{room}/messages?after={after}&limit=200"
        answer = server.call("GET", path, visitor)
        assert answer.status_code == 200, answer.text
        page, more = answer.json()["messages"], answer.json()["more"]
        rows |= {row["seq"]: row for row in page}
        after = page[-1]["change"] if page else after
    return rows


async def test_a_restore_brings_every_open_page_back_to_the_backup(server, tmp_path):
    alice, bob = server.enter(), server.enter()
    room = server.make_room(alice, bob, title="정원")["id"]
    path = tmp_path / "all.tar.gz"
    async with dial(server, alice) as first, dial(server, bob) as second:
        one, two = Live(first), Live(second)
        for client in (one, two):
            await client.event("hello")
            await client.subscribe(room)
        for number in range(3):
            await one.post(room, f"남을 말 {number} 👨‍👩‍👧")
        await two.change("react", room, 1, emoji="👍", on=True)
        await one.change("edit", room, 2, text="고친 말")
        await one.change("delete", room, 3)

        done = await while_talking(two, room, lambda: manage(server, "backup", str(path)))
        assert done.returncode == 0, done.stderr
        assert path.stat().st_mode & 0o77 == 0, "it holds the secret key"
        epoch = (await asyncio.to_thread(server.shell, SHOW_EPOCH)).strip()

        await one.post(room, "said after the backup")
        await one.change("delete", room, 1)
        newcomer = server.enter()
        restored = await asyncio.to_thread(manage, server, "restore", str(path), "--yes")
        assert restored.returncode == 0, restored.stderr
        for client in (one, two):
            assert await client.ended() == 1012
    assert (await asyncio.to_thread(server.shell, SHOW_EPOCH)).strip() != epoch

    rows = await asyncio.to_thread(history, server, alice, room)
    assert "said after the backup" not in {row.get("text") for row in rows.values()}
    assert rows[1]["text"] == "남을 말 0 👨‍👩‍👧"
    assert rows[1]["reactions"] == [{"emoji": "👍", "count": 1, "people": [bob.id]}]
    assert rows[2]["text"] == "고친 말"
    assert rows[3] == {**rows[3], "deleted": True}
    assert server.call("GET", "/api/v1/me", newcomer).status_code == 401, "who came later is gone"
    (head,) = server.rows("SELECT head FROM chat_feed WHERE room_id = ?", int(room))[0]
    assert max(row["change"] for row in rows.values()) == head, "a snapshot of one moment"

    # Pages come back with the cursor and the epoch they had, and with the session they had.
    for visitor, before in ((alice, one), (bob, two)):
        async with live(server, visitor) as page:
            await page.subscribe(room, before.view(room).head, epoch)
            assert page.view(room).resets == 1
            shown = {seq: row["text"] for seq, row in page.view(room).standing().items()}
            stored = {seq: row["text"] for seq, row in rows.items() if "deleted" not in row}
            assert shown == dict(sorted(stored.items())[-PAGE:])
    async with live(server, alice) as page:
        await page.subscribe(room)
        assert (await page.post(room, "we go on"))["seq"] == head + 1


SHOW_EPOCH = "from chat.models import Installation; print(Installation.objects.get().epoch)"


async def while_talking(client: Live, room: str, work: Callable[[], Any]) -> Any:
    """What `work` returns, in a thread, while the client posts as fast as it is acked."""
    working = asyncio.get_running_loop().run_in_executor(None, work)
    said = 0
    while not working.done():
        await client.post(room, f"meanwhile {said}")
        said += 1
    assert said > 10, "a backup must not hold up those who talk"
    return await working


@pytest.mark.workers
def test_what_sqlite_kept_postgres_can_take(postgres_database, valkey_url, tmp_path):
    path = tmp_path / "lite.tar.gz"
    with ExitStack() as stack:
        small = stack.enter_context(serve(DATABASE_URL="", REDIS_URL="", RATE_LIMITS="off"))
        alice = small.enter()
        room = small.make_room(alice)["id"]
        for number in range(5):
            body = {"text": f"글 {number}", "nonce": f"n{number}"}
            posted = small.call("POST", f"/api/v1/rooms/{room}/messages", alice, json=body)
            assert posted.status_code == 201
        assert manage(small, "backup", str(path)).returncode == 0
        known = history(small, alice, room)
        key = Path(small.environment["DATA_DIR"], "secret_key").read_text()
        large = stack.enter_context(
            serve(
                WORKERS=2, SECRET_KEY=key, HEAD_CHECK_SECONDS=1,
                DATABASE_URL=postgres_database, REDIS_URL=own_redis(valkey_url),
            )
        )  # fmt: skip
        restored = manage(large, "restore", str(path), "--yes")
        assert restored.returncode == 0, restored.stderr
        assert "secret key" not in restored.stdout
        assert history(large, alice, room) == known
        body = {"text": "here now", "nonce": "n9"}
        posted = large.call("POST", f"/api/v1/rooms/{room}/messages", alice, json=body)
        assert (posted.status_code, posted.json()["seq"]) == (201, 6)
        assert large.enter().id not in {alice.id}, "keys go on where they were"


@pytest.mark.static  # SQLite alone: the key is the same business on both.
def test_guests_stay_who_they_are_where_the_key_of_the_backup_is_a_former_one(tmp_path):
    path, key = tmp_path / "all.tar.gz", "b" * 50
    here = {"DATABASE_URL": "", "REDIS_URL": "", "RATE_LIMITS": "off"}
    with serve(**here) as first:
        alice, bob = first.enter("alice"), first.enter("bob")
        assert manage(first, "backup", str(path)).returncode == 0
    with tarfile.open(path) as packed:
        content = packed.extractfile(backup.KEY)
        assert content is not None
        former = content.read().decode()
    there = {**here, "DATA_DIR": tmp_path / "there", "SECRET_KEY": key}
    with serve(**there, SECRET_KEY_FALLBACKS=former) as second:
        restored = manage(second, "restore", str(path), "--yes")
        assert restored.returncode == 0, restored.stderr
        assert "secret key" not in restored.stdout
        came = second.call("GET", "/", alice)
        assert second.call("GET", "/api/v1/me", bob).json()["name"] == "bob"
        anew = came.cookies.get("sessionid")
    # Without it: only who came meanwhile, whose session is signed with the new key.
    with serve(**there) as third:
        again = Visitor(alice.id, alice.name, f"sessionid={anew}" if anew else alice.cookie)
        me = third.call("GET", "/api/v1/me", again)
        assert (me.status_code, me.json().get("id")) == (200, alice.id)
        restored = manage(third, "restore", str(path), "--yes", LANG="C.UTF-8")
        assert "guests can't come back" in restored.stdout
        assert third.call("GET", "/api/v1/me", bob).status_code == 401


# --- what is refused, before anything is touched ------------------------------------------


@pytest.fixture
def kept(db, tmp_path, settings) -> Path:
    """A backup of one room with one message."""
    alice = make_person("alice")
    room = make_room(alice)
    feed.record([feed.Draft(room.pk, alice.pk, Post("", "n1", "kept"))])
    connection.check_constraints()  # As a commit would: Postgres truncates nothing before.
    settings.DATA_DIR = tmp_path / "data"
    (settings.DATA_DIR / "uploads").mkdir(parents=True)
    (settings.DATA_DIR / "uploads" / "cat.png").write_bytes(b"meow")
    path: Path = tmp_path / "backup.tar.gz"
    with path.open("wb") as output:
        backup.write(output, lambda *_done: None)
    return path


def rewritten(path: Path, change: Callable[[dict[str, Any]], None], **extra: bytes) -> io.BytesIO:
    """The backup with another manifest, and files that it does not name."""
    target = io.BytesIO()
    with tarfile.open(path) as old, tarfile.open(fileobj=target, mode="w:gz") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            data = content.read()
            if member.name == backup.MANIFEST:
                manifest = orjson.loads(data)
                change(manifest)
                data = orjson.dumps(manifest)
                member.size = len(data)
            new.addfile(member, io.BytesIO(data))
        for name, data in extra.items():
            info = tarfile.TarInfo(name.replace("__", "/"))
            info.size = len(data)
            new.addfile(info, io.BytesIO(data))
    target.seek(0)
    return target


def refusal(source: Any, folder: Path, language: str = "en") -> str:
    with translation.override(language), pytest.raises(backup.Refused) as refused:
        backup.unpack(source, folder)
    return str(refused.value)


def test_a_backup_can_be_put_back(kept, tmp_path, settings):
    Message.objects.update(text="changed")
    connection.check_constraints()
    (settings.DATA_DIR / "uploads" / "cat.png").unlink()
    epoch = Installation.objects.get().epoch
    call_command("restore", str(kept), "--yes")
    assert [message.text for message in Message.objects.all()] == ["kept"]
    assert (settings.DATA_DIR / "uploads" / "cat.png").read_bytes() == b"meow"
    assert Installation.objects.get().epoch != epoch


def test_a_damaged_file_is_noticed(kept, tmp_path):
    whole = kept.read_bytes()
    cut, bent = tmp_path / "cut", tmp_path / "bent"
    for folder, content in ((cut, whole[: len(whole) // 2]), (bent, flipped(whole))):
        folder.mkdir()
        assert "damaged" in refusal(io.BytesIO(content), folder)
    korean = tmp_path / "korean"
    korean.mkdir()
    assert "파일이" in refusal(io.BytesIO(whole[:400]), korean, "ko")


def flipped(content: bytes) -> bytes:
    middle = len(content) * 3 // 4
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


def test_another_version_is_refused_with_what_helps(kept, tmp_path):
    newer = rewritten(kept, lambda known: known["migrations"].append("chat.0999_later"))
    older = rewritten(kept, lambda known: known["migrations"].pop())
    format_ = rewritten(kept, lambda known: known.update(format=99))
    for name, source, said in (
        ("newer", newer, "newer"),
        ("older", older, "older"),
        ("format", format_, "newer"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        assert said in refusal(source, folder)


def test_what_counts_is_the_version_of_the_program_not_of_the_database(kept, tmp_path):
    """After an upgrade that failed, the version before is back on a database that went on."""
    record = MigrationRecorder(connection)
    record.record_applied("chat", "0999_later")
    for language, said in (("en", "newer Madang has changed this database"), ("ko", "더 새로운")):
        folder = tmp_path / language
        folder.mkdir()
        assert said in refusal(io.BytesIO(kept.read_bytes()), folder, language)
    again = io.BytesIO()
    manifest = backup.write(again, lambda *_done: None)
    assert "chat.0999_later" not in manifest.migrations, "its columns are not in the rows"
    record.record_unapplied("chat", "0999_later")
    for number, source in enumerate((io.BytesIO(kept.read_bytes()), again)):
        source.seek(0)
        (tmp_path / str(number)).mkdir()
        assert backup.unpack(source, tmp_path / str(number)).manifest.rows["chat.Message"] == 1


def test_a_database_that_was_not_brought_up_is_refused_with_what_helps(kept, tmp_path):
    record = MigrationRecorder(connection)
    record.record_unapplied("chat", "0006_board_title")
    assert "manage.py migrate" in refusal(io.BytesIO(kept.read_bytes()), tmp_path)


def test_a_backup_of_the_board_alone_can_be_put_back(db, tmp_path):
    alice = make_person("alice")
    feed.record([feed.Draft(BOARD_PK, alice.pk, Post("board", "n1", "kept"))])
    connection.check_constraints()
    path = tmp_path / "board.tar.gz"
    with path.open("wb") as output:
        backup.write(output, lambda *_done: None)
    call_command("restore", str(path), "--yes")
    assert [message.text for message in Message.objects.all()] == ["kept"]
    # Keys go on behind those that came.
    assert make_room(alice).pk > BOARD_PK
    assert make_person("bob").pk > alice.pk
    feed.record([feed.Draft(BOARD_PK, alice.pk, Post("board", "n2", "more"))])
    assert Message.objects.count() == 2


def test_a_strange_file_is_no_backup(kept, tmp_path):
    strange = {
        "text": io.BytesIO(b"hello"),
        "product": rewritten(kept, lambda known: known.update(product="other")),
        "extra": rewritten(kept, lambda _known: None, more=b"x"),
        "outside": rewritten(
            kept, lambda known: known["files"].update({"../x": "0"}), **{"..__x": b"x"}
        ),
        "wrong sum": rewritten(kept, lambda known: known["files"].update(secret_key="0")),
    }
    for name, source in strange.items():
        folder = tmp_path / "in" / name
        folder.mkdir(parents=True)
        assert refusal(source, folder)
    assert not (tmp_path / "in" / "x").exists()


def test_rows_that_do_not_fit_change_nothing(kept):
    with pytest.raises(ValueError, match="other columns"):
        archive.replace(lambda _model: [b'["a", "b", "c"]'], lambda *_done: None)
    assert Message.objects.get().text == "kept"


def test_nothing_is_restored_unasked(kept):
    with pytest.raises(CommandError, match="--yes"):
        call_command("restore", str(kept))
    assert Message.objects.get().text == "kept"


def test_old_backups_are_dropped_on_request(kept, settings):
    folder = settings.DATA_DIR / "backups"
    folder.mkdir()
    for day in range(1, 5):
        (folder / f"madang-2020010{day}-000000.tar.gz").touch()
    call_command("backup", "--keep", "2")
    left = sorted(path.name for path in folder.iterdir())
    assert len(left) == 2
    assert left[0] == "madang-20200104-000000.tar.gz"
    assert os.stat(folder / left[1]).st_mode & 0o777 == 0o600
