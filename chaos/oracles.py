"""What must hold after any fault: O1 to O7, asked once everything has healed and gone quiet.

Each oracle returns sentences about what is wrong; none means that it held.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from chaos.client import Client
from chaos.stage import Stage, public
from tests.support.live import Event, Live, View, dial

SHOWN = 5
"""Findings of one kind that are told; more add nothing."""


async def judge(stage: Stage) -> list[str]:
    """All oracles, in order."""
    rows = await stage.rows(
        "SELECT room_id, seq, change, author_id, nonce, text, deleted_at FROM chat_message"
    )
    heads = await stage.heads()
    fresh = await fresh_views(stage)
    found: list[str] = []
    for oracle in (
        acked_are_stored(stage, rows),
        stored_once(stage, rows),
        numbered(stage, rows, heads),
        authors_are_members(stage, rows),
        views_are_whole(stage, heads),
        live_is_fresh(stage, fresh),
        nothing_leaked(stage),
        breaches(stage),
    ):
        listed = list(oracle)
        found += listed[:SHOWN]
        if len(listed) > SHOWN:
            found.append(f"… and {len(listed) - SHOWN} more")
    return found


Row = tuple[Any, ...]


def acked_are_stored(stage: Stage, rows: list[Row]) -> Iterator[str]:
    """O1: every acked nonce is in the database, at the place that the ack told, as it was said."""
    places = {
        (str(author), nonce): (public(room), seq, text, deleted)
        for room, seq, _change, author, nonce, text, deleted in rows
    }
    for client in [*stage.clients, *stage.strangers]:
        said: dict[tuple[str, int], set[str]] = defaultdict(set)
        for _at, what, fields in client.log:
            if what == "asks" and fields["type"] == "edit":
                said[fields["room"], fields["seq"]].add(fields["text"])
        for nonce, answer in client.acked.items():
            found = places.get((client.visitor.id, nonce))
            if found is None:
                if not stage.lossy:
                    yield f"O1 {client.name}'s {nonce} was acked as {answer.seq} and is not stored"
                continue
            room, seq, text, deleted = found
            if (room, seq) != (answer.room, answer.seq):
                yield f"O1 {client.name}'s {nonce} was acked as {answer} and is {room} {seq}"
            asked = client.posted[nonce]["text"]
            if not deleted and text not in {asked, *said[room, seq]}:
                yield f"O1 {client.name}'s {nonce} was {asked!r} and is {text!r}"
        if not stage.lossy and client.unanswered and not client.stopped:
            left = list(client.unanswered.values())[:2]
            yield f"O1 {client.name} has {len(client.unanswered)} without an answer: {left}"


def stored_once(stage: Stage, rows: list[Row]) -> Iterator[str]:
    """O2: no nonce and no text is stored twice; every text is different from all others."""
    nonces = Counter((author, nonce) for _r, _s, _c, author, nonce, _t, _d in rows)
    for (author, nonce), count in nonces.items():
        if count > 1:
            yield f"O2 {nonce} of {author} is stored {count} times"
    posted = {
        (c.visitor.id, fields["text"])
        for c in [*stage.clients, *stage.strangers]
        for fields in c.posted.values()
    }
    texts = Counter((str(author), text) for _r, _s, _c, author, _n, text, _d in rows)
    for (author, text), count in texts.items():
        if count > 1 and (author, text) in posted:
            yield f"O2 {text[:30]!r} of {author} is stored {count} times"


def numbered(stage: Stage, rows: list[Row], heads: dict[str, int]) -> Iterator[str]:
    """O3: in each room every number up to the head is used once at most, by posts alone exactly."""
    seqs: dict[str, list[int]] = defaultdict(list)
    changes: dict[str, list[int]] = defaultdict(list)
    for room, seq, change, *_rest in rows:
        seqs[public(room)].append(seq)
        changes[public(room)].append(change)
    for room, head in heads.items():
        for name, numbers in (("seq", seqs[room]), ("change", changes[room])):
            if len(numbers) != len(set(numbers)):
                yield f"O3 {room}: a {name} is there twice"
            if numbers and max(numbers) > head:
                yield f"O3 {room}: {name} {max(numbers)} is above the head, {head}"
        if not stage.plan.fiddling and sorted(seqs[room]) != list(range(1, head + 1)):
            missing = sorted(set(range(1, head + 1)) - set(seqs[room]))
            yield f"O3 {room}: {missing[:5]} are missing up to {head}"


def authors_are_members(stage: Stage, rows: list[Row]) -> Iterator[str]:
    """O6, the writing half: nobody spoke in a room that was not theirs."""
    for room, _seq, _change, author, *_rest in rows:
        if str(author) not in stage.members.get(public(room), ()):
            yield f"O6 {author} spoke in {public(room)}"


def views_are_whole(stage: Stage, heads: dict[str, int]) -> Iterator[str]:
    """O4: what each member has reaches the head, with no number that can't be accounted for."""
    for client in stage.staying():
        for room in client.rooms:
            view = client.views.get(room)
            if view is None:
                yield f"O4 {client.name} never saw {room}"
            elif view.head != heads[room]:
                yield f"O4 {client.name} is at {view.head} in {room}, whose head is {heads[room]}"


def live_is_fresh(stage: Stage, fresh: dict[str, View]) -> Iterator[str]:
    """O5: what came piece by piece is what someone who comes now is told."""
    for client in stage.staying():
        for room in client.rooms:
            seen, now = client.views[room].standing(), fresh[room].standing()
            if not seen or not now:
                if bool(seen) != bool(now) and max(seen or now) > 0:
                    yield f"O5 {client.name} has {len(seen)} rows in {room}, afresh {len(now)}"
                continue
            # Either may begin with a last page, further up than the other.
            first = max(first_known(client.views[room]), first_known(fresh[room]))
            mine = {seq: row for seq, row in seen.items() if seq >= first}
            theirs = {seq: row for seq, row in now.items() if seq >= first}
            for seq in sorted(mine.keys() | theirs.keys()):
                if mine.get(seq) != theirs.get(seq):
                    yield f"O5 {client.name}, {room} {seq}: {mine.get(seq)} ≠ {theirs.get(seq)}"


def first_known(view: View) -> int:
    return min(view.rows, default=0)


def nothing_leaked(stage: Stage) -> Iterator[str]:
    """O6, the reading half: nobody has a row of a room that was not theirs."""
    for client in [*stage.clients, *stage.strangers]:
        for room in client.views.keys() - set(client.rooms):
            if client.views[room].rows and client.visitor.id not in stage.members.get(room, ()):
                yield f"O6 {client.name} has rows of {room}"


def breaches(stage: Stage) -> Iterator[str]:
    """O4 and O7, as each client noted them: numbers out of order, frames that are none."""
    for client in [*stage.clients, *stage.strangers]:
        socket = [] if client.socket is None else client.socket.breaches
        for breach in [*client.breaches, *socket]:
            yield f"O4 {client.name}: {breach}"


async def fresh_views(stage: Stage) -> dict[str, View]:
    """Each room as someone sees it who comes now."""
    views: dict[str, View] = {}
    for room in stage.members:
        member = next((c for c in stage.staying() if room in c.rooms), None)
        if member is None:
            views[room] = View()
            continue
        socket = await dial(stage.doors[0], member.visitor)
        newcomer = Live(socket)
        try:
            await newcomer.event("hello")
            await newcomer.subscribe(room, 0, member.epoch)
            views[room] = newcomer.view(room)
        finally:
            await socket.close()
            await newcomer._reading
    return views


def caught_up(client: Client, heads: dict[str, int]) -> bool:
    """Whether a client has reached these heads."""
    return all(
        room in client.views and client.views[room].head >= heads[room] for room in client.rooms
    )


__all__ = ["Event", "caught_up", "judge"]
