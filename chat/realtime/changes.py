"""What people change: checked and paced at once, committed by the writer, then told to all."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from chat import failpoints
from chat.errors import ChatError, NotFound, RateLimited
from chat.models import room_key
from chat.protocol import Change, Edit, Post
from chat.realtime import bodies
from chat.realtime.database import disk_full, passing, refusal, write_here
from chat.realtime.following import access_of
from chat.realtime.pace import Pace
from chat.realtime.topics import room_topic
from chat.realtime.writer import Writer
from chat.services import history
from chat.services.feed import Draft, Recorded, Stored, record
from chat.text import check_storable, check_text

if TYPE_CHECKING:
    from chat.realtime.node import Node

log = logging.getLogger(__name__)


class Changes:
    """The way of a change into the database and from there to everybody."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._paces: dict[int, Pace] = {}
        self._posted: Counter[int] = Counter()
        self.writer: Writer[Draft, Stored | ChatError, Recorded] = Writer(
            self._record,
            self._told,
            self,
            node.database.writing,
            lane=lambda draft: draft.room,
        )

    def submit(
        self, person: int, command: Change, done: Callable[[Stored | ChatError], None]
    ) -> None:
        """Queue a change; `done` gets the ack's numbers after COMMIT, or the refusal at once."""
        room = room_key(command.room)
        if room is None:
            self._refuse(NotFound(), done)
            return
        try:
            if isinstance(command, Post | Edit):
                check_text(command.text, self._node.config.limits)
            self._pace(person)
        except ChatError as error:
            self._refuse(error, done)
            return
        self.writer.submit(Draft(room, person, command), partial(self._stored, person, room, done))

    def speak(
        self, person: int, room: int, post: Post, done: Callable[[Stored | ChatError], None]
    ) -> None:
        """`submit` for the plain interface, where blank text is text as well."""
        try:
            check_storable(post.text, self._node.config.limits)
            self._pace(person)
        except ChatError as error:
            self._refuse(error, done)
            return
        self.writer.submit(Draft(room, person, post), partial(self._stored, person, room, done))

    def _pace(self, person: int) -> None:
        if not self._node.config.rate_limits:
            return
        wait = self._pace_of(person).take(self._node.loop.time())
        if wait > 0:
            raise RateLimited(retry_after=wait)
        self._posted[person] += 1

    def _pace_of(self, person: int) -> Pace:
        pace = self._paces.get(person)
        if pace is None:
            pace = Pace(self._node.config.posts_per_second, self._node.config.posts_per_minute)
            self._paces[person] = pace
        return pace

    def posted(self) -> list[tuple[int, int]]:
        """Person and how many of their changes were let through here since the last call."""
        posted, self._posted = self._posted, Counter()
        return list(posted.items())

    def posted_elsewhere(self, person: int, count: int) -> None:
        """Another process let these through: they count here as well."""
        self._pace_of(person).note(self._node.loop.time(), count)

    def _stored(
        self,
        person: int,
        room: int,
        done: Callable[[Stored | ChatError], None],
        outcome: Stored | ChatError,
    ) -> None:
        if isinstance(outcome, ChatError):
            self._refuse(outcome, done)
            return
        if outcome.change == outcome.seq:
            self._node.cursors.move(person, room, outcome.seq)
            if not self._node.roster.of(person):  # Who has gone, or posts without a socket.
                self._node.cursors.forget(person)
        self._node.figures.acks += 1
        self._node.figures.repeats += outcome.repeated
        failpoints.passing("before_ack")
        done(outcome)

    def _refuse(self, error: ChatError, done: Callable[[Stored | ChatError], None]) -> None:
        self._node.figures.nacks[error.code] += 1
        done(error)

    def _record(self, drafts: list[Draft]) -> Recorded:
        return write_here(record, drafts, self._node.config.edit_window)

    def _told(self, recorded: Recorded) -> None:
        """After COMMIT: our own subscribers first, then the other processes."""
        failpoints.passing("before_publish")
        for room, news in recorded.news.items():
            topic = room_topic(room)
            self._node.hub.publish(topic, news.first, news.entries)
            self._node.broker.publish(topic, bodies.feed(news.first, news.entries))
            if news.reacted:
                self._node.facts.reacted(room, news.reacted)
            self._node.upkeep.grew(room, news.entries[-1].change)

    def passing(self, error: Exception) -> bool:
        """The writer's rule: trying again can help."""
        return passing(error)

    def refusal(self, error: Exception | None) -> Stored | ChatError:
        """The writer's rule: what to answer when a draft could not be stored."""
        if error is not None and disk_full(error):
            log.error("the disk is full")
        return refusal(error)

    def doubt(self, drafts: Sequence[Draft]) -> None:
        """The writer's rule: a commit failed and may have stored something; look."""
        rooms = {draft.room for draft in drafts}
        self._node.errand(self._node.upkeep.check_heads(rooms), "check heads")

    async def post(self, person: int, post: Post) -> tuple[Stored, bytes]:
        """Post for a caller that waits: the ack's numbers and the message's encoded state.

        Raises the refusal.
        """
        answer: asyncio.Future[Stored | ChatError] = self._node.loop.create_future()

        def done(outcome: Stored | ChatError) -> None:
            if not answer.done():
                answer.set_result(outcome)

        self.submit(person, post, done)
        outcome = await answer
        if isinstance(outcome, ChatError):
            raise outcome
        return outcome, await self._node.database.read(_encoded, person, post.room, outcome.seq)

    async def announce(self, room: int) -> None:
        """A service committed changes to a room's feed: tell everyone."""
        await self._node.upkeep.check_heads([room])

    def forget_paces(self) -> None:
        """Drop what is remembered of people who were silent for a minute."""
        now = self._node.loop.time()
        for person in [person for person, pace in self._paces.items() if pace.idle(now)]:
            del self._paces[person]


def _encoded(person: int, room: str, seq: int) -> bytes:
    page = history.history(access_of(person, room), around=seq, limit=1)
    return page.events[0]
