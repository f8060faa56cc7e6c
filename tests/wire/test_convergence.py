"""The law of the page: whatever came in whatever way, what one sees equals a fresh page.

Random sequences of every change (post, reply, edit, delete, react, the room itself) run on a real
server while a reader follows, loses the line, resumes, and is reset. What the server sent to the
reader is recorded and fed to the page's own timeline under node, and so is what it sends to
somebody who comes new; the rows must be the same. `SEED` chooses another set of sequences.
"""

import asyncio
import html
import json
import os
import random
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import missing
from tests.support.live import PATIENCE, Live, dial, live
from tests.support.server import ROOT, Server, Visitor

SEQUENCES = 500
AT_ONCE = 100
PAGES = 0.15
"""How many of them begin or end with a document, which costs more than a socket."""
SEED = int(os.environ.get("SEED", "4"))
EMOJI = ["👍", "🍂", "❤️", "😂"]
MAKE = """
from chat.models import User
from chat.services import rooms
alice, bob = User.objects.get(pk={alice}), User.objects.get(pk={bob})
for number in range({count}):
    room = rooms.create(alice, f"{{number}}", listed=False)
    rooms.join(bob, room)
    print(room.public_id)
"""
CHANGE = """
from chat.services import rooms
for room in {rooms}:
    rooms.change(room, rooms.Settings(title=f"{{room}} anew"))
"""


@dataclass
class Sequence:
    """One room, what happens in it, and what its reader was sent."""

    room: str
    rng: random.Random
    steps: list[dict[str, Any]] = field(default_factory=list)
    said: list[tuple[int, int]] = field(default_factory=list)
    """Whose (0 or 1) and the seq of each message that stands."""
    head: int = 0
    cursor: int | None = None
    late: dict[str, Any] | None = None
    """A page of history that was asked for and is still under way."""
    line: Live | None = None


async def test_what_a_reader_ends_with_equals_a_fresh_page(server: Server, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        missing("node")
    rng = random.Random(SEED)
    recorded: list[dict[str, Any]] = []
    sequences: list[Sequence] = []
    for _ in range(SEQUENCES // AT_ONCE):
        alice, bob = server.enter(), server.enter()
        made = server.shell(MAKE.format(alice=alice.id, bob=bob.id, count=AT_ONCE)).split()
        batch = [Sequence(room, random.Random(rng.random())) for room in made]
        changed = [one.room for one in batch if one.rng.random() < 0.3]
        async with live(server, alice) as one, live(server, bob) as two:
            law = Law(server, bob, (one, two))
            await asyncio.gather(*map(law.begin, batch))
            # By another process: the server notices it as it notices other workers' changes.
            code = CHANGE.format(rooms=f"[{', '.join(changed)}]")
            await asyncio.to_thread(server.shell, code)
            recorded += await asyncio.gather(*map(law.finish, batch))
        sequences += batch
    kinds = {event["type"] for one in sequences for step in one.steps for event in step["events"]}
    assert kinds >= {"message", "subscribed", "room", "reset"}
    path = tmp_path / "sequences.json"
    path.write_text(json.dumps(recorded))
    done = await asyncio.to_thread(
        subprocess.run,
        [node, "tests/js/law.js", str(path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"SEED={SEED}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    print(done.stdout)


@dataclass
class Law:
    """Runs the sequences: two people who write, one of whom also reads over lines of their own."""

    server: Server
    reader: Visitor
    writers: tuple[Live, Live]
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def begin(self, one: Sequence) -> None:
        """Some words; the reader comes, by page or bare; the first changes; the line is cut."""
        for _ in range(one.rng.randrange(8)):
            await self.change(one)
        if one.rng.random() < PAGES:
            boot = await self.page(one.room)
            one.cursor = boot["head"]
            one.steps.append({"boot": boot, "events": []})
        await self.resume(one)
        if one.rng.random() < PAGES:
            one.late = await self.history(one.room)
        await self.go_on(one, one.rng.randrange(4, 14))
        await self.cut(one)

    async def finish(self, one: Sequence) -> dict[str, Any]:
        """The rest of the changes; then all that a fresh page is given."""
        await self.resume(one)
        await self.go_on(one, one.rng.randrange(4, 14))
        if one.line is None:
            await self.resume(one)
        await self.change(one)
        await self.reached(one)
        await self.cut(one)
        boot = await self.page(one.room) if one.rng.random() < PAGES else None
        async with live(self.server, self.reader) as fresh:
            await fresh.subscribe(one.room)
            events = [event for event in fresh.log if event.get("room") == one.room]
        me = {"id": self.reader.id, "name": self.reader.name}
        given = {"boot": boot, "fresh": events, "history": await self.history(one.room)}
        return {"me": me, "room": one.room, "steps": one.steps, **given}

    async def go_on(self, one: Sequence, changes: int) -> None:
        for _ in range(changes):
            await self.change(one)
            chance = one.rng.random()
            if one.line is not None and chance < 0.15:
                await self.cut(one)
            elif one.line is None and chance < 0.5:
                await self.resume(one)

    async def change(self, one: Sequence) -> None:
        """One random change by one of the two."""
        who = one.rng.randrange(2)
        writer = self.writers[who]
        own = [seq for author, seq in one.said if author == who]
        kind = one.rng.choice(["post", "post", "post", "reply", "edit", "delete", "react", "react"])
        some = one.rng.choice(one.said)[1] if one.said else 0
        if kind == "edit" and own:
            text = f"edited {one.head} **anew**"
            ack = await writer.change("edit", one.room, one.rng.choice(own), text=text)
        elif kind == "delete" and own:
            seq = one.rng.choice(own)
            ack = await writer.change("delete", one.room, seq)
            one.said.remove((who, seq))
        elif kind == "react" and some:
            emoji, on = one.rng.choice(EMOJI), one.rng.random() < 0.7
            ack = await writer.change("react", one.room, some, emoji=emoji, on=on)
        else:
            reply_to = some if kind == "reply" and some else None
            ack = await writer.post(one.room, f"said after {one.head} 안녕", reply_to=reply_to)
            one.said.append((who, ack["seq"]))
        one.head = max(one.head, ack["change"] or 0)

    async def resume(self, one: Sequence) -> None:
        """A new line from where the last one ended; now and then with a history that is gone."""
        one.line = Live(await dial(self.server, self.reader))
        hello = await one.line.event("hello")
        epoch = hello["epoch"] if one.rng.random() < 0.9 else "0" * 16
        after = one.cursor
        one.steps.append({"after": after, "events": []})
        await one.line.send(
            "subscribe", room=one.room, after=after, epoch=None if after is None else epoch
        )
        if one.rng.random() < 0.85:
            await one.line.event("subscribed", room=one.room)

    async def cut(self, one: Sequence) -> None:
        """The line breaks, with whatever had come by then."""
        line, one.line = one.line, None
        if line is None:
            return
        await line.socket.close()
        await line.ended()
        assert line.breaches == []
        one.steps[-1]["events"] = [event for event in line.log if event.get("room") == one.room]
        if one.late is not None:
            one.steps.append({"late": one.late, "events": []})
            one.late = None
        view = line.view(one.room)
        if view.next is not None:
            one.cursor = view.head
        elif view.resets:
            one.cursor = None

    async def reached(self, one: Sequence) -> None:
        """Waits until the reader has all that was said."""
        line = one.line
        assert line is not None
        async with line._news, asyncio.timeout(3 * PATIENCE):
            while line.view(one.room).next is None or line.view(one.room).head < one.head:
                await line._news.wait()

    async def history(self, room: str) -> dict[str, Any]:
        """All that was said, as it stands now."""
        path = f"/api/v1/rooms/{room}/messages?limit=200"
        async with self.asking:
            answer = await asyncio.to_thread(self.server.call, "GET", path, self.reader)
        page: dict[str, Any] = answer.json()
        return page

    async def page(self, room: str) -> dict[str, Any]:
        """What the document of a fresh page carries."""
        async with self.asking:
            answer = await asyncio.to_thread(self.server.call, "GET", f"/rooms/{room}", self.reader)
        found = re.search(r'<script id="boot"[^>]*>(.*?)</script>', answer.text, re.DOTALL)
        assert found is not None
        boot: dict[str, Any] = json.loads(html.unescape(found.group(1)))
        return {key: boot[key] for key in ("page", "head", "epoch", "mine")}
