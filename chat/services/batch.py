"""What one transaction of the feed does: it locks, looks up, applies drafts, and stores."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from chat import failpoints
from chat.errors import Conflict, Forbidden, Invalid, NotFound, gettext_noop
from chat.models import BOARD_PK, Feed, Membership, Message, Reaction, Room, User, kind_of
from chat.protocol import Delete, Edit, Post, React
from chat.services import storing
from chat.services.drafts import Draft, News, Nonces, Outcome, Reacted, Stored, digest
from chat.services.formatting import Formatted
from chat.services.markdown import MENTION
from chat.services.states import (
    FIELDS,
    SHOWN_PEOPLE,
    Reactions,
    State,
    entry,
    load_reactions,
    load_states,
)
from chat.text import is_emoji, qualified

REACTION_KINDS = 20


def now(after: datetime | None) -> datetime:
    """The present in whole milliseconds, never before `after`."""
    now = timezone.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return max(now, after) if after else now


@dataclass(slots=True)
class RoomFeed:
    """A locked room while a batch is made: the next change takes `head` + 1."""

    closed: bool
    before: int
    head: int
    now: datetime
    touched: dict[int, State] = field(default_factory=dict)


class Batch:
    """Everything one transaction looks up, and the states it will leave behind."""

    def __init__(self, drafts: Sequence[Draft], edit_window: timedelta) -> None:
        self._edit_window = edit_window
        rooms = sorted({draft.room for draft in drafts})
        authors = {draft.author for draft in drafts}
        locked = Feed.objects.filter(pk__in=rooms).order_by("pk").values_list("pk", "head", "at")
        if failpoints.is_off("lock_order"):
            locked = locked.reverse()
        if connection.features.has_select_for_update_skip_locked and not failpoints.is_off(
            "head_lock"
        ):
            locked = locked.select_for_update(skip_locked=True)
        feeds = list(locked)
        # After the lock: closing a room takes a number too, so this can't be outdated.
        closed = dict(Room.objects.filter(pk__in=rooms).values_list("pk", "closed"))
        self._feeds = {pk: RoomFeed(closed[pk], head, head, now(at)) for pk, head, at in feeds}
        self._existing = closed.keys()
        people = User.objects.filter(pk__in=authors, is_active=True).values_list(
            "pk", "nickname", "is_bot", "is_staff", "username"
        )
        self._people = {
            pk: (name, kind_of(is_bot, is_staff, username), is_staff)
            for pk, name, is_bot, is_staff, username in people
        }
        inside = [room for room in rooms if room != BOARD_PK]
        members = Membership.objects.filter(room__in=inside, user__in=authors) if inside else []
        self._visible_from = {(m.room_id, m.user_id): m.visible_from for m in members}
        posts = [(draft.author, draft.change) for draft in drafts]
        self._nonces = Nonces([(a, c.nonce) for a, c in posts if isinstance(c, Post)])
        self._states: dict[tuple[int, int], State] = {}
        self._load(_targets(drafts))
        self._load(_sources(self._states))
        self._reactions = load_reactions(self._states.values())
        self._contents: dict[tuple[int, int], bytes] = {}
        self._reacted: list[tuple[State, int, str, bool]] = []
        self._unnamed: dict[tuple[int, int, int], State] = {}
        self._mentions: dict[tuple[int, int], tuple[int, ...]] = {}
        self._remention: set[int] = set()

    def _load(self, targets: dict[int, set[int]]) -> None:
        if not targets:
            return
        wanted = Q()
        for room, seqs in targets.items():
            wanted |= Q(room=room, seq__in=seqs)
        for state in load_states(Message.objects.filter(wanted).values_list(*FIELDS)):
            self._states[state.room, state.seq] = state

    def take(self, draft: Draft, written: Formatted) -> Outcome:
        """Apply one draft to the states in memory; `written` is the formatting of its text."""
        feed = self._feeds.get(draft.room)
        if feed is None:
            return None if draft.room in self._existing else NotFound()
        person = self._people.get(draft.author)
        visible_from = self._visible_from.get((draft.room, draft.author))
        if draft.room == BOARD_PK:
            visible_from = 0
        if person is None or visible_from is None:
            return NotFound()
        change = draft.change
        if feed.closed and not isinstance(change, Delete):
            return Forbidden(gettext_noop("This room is closed. You can still read it."))
        if isinstance(change, Post):
            return self._post(draft, change, written, feed, person, visible_from)
        state = self._states.get((draft.room, change.seq))
        if state is None or state.seq < visible_from:
            return NotFound()
        if state.pk == 0:
            # Posted in this very batch: it has no row to change yet, the next batch finds one.
            return None
        if isinstance(change, Delete):
            return self._delete(draft, feed, state, is_staff=person[2])
        if state.deleted_at is not None:
            return NotFound(gettext_noop("This message was deleted."))
        if isinstance(change, Edit):
            return self._edit(draft, change, written, feed, state)
        return self._react(draft, change, feed, state)

    def _post(
        self,
        draft: Draft,
        post: Post,
        written: Formatted,
        feed: RoomFeed,
        person: tuple[str, str, bool],
        visible_from: int,
    ) -> Outcome:
        answer = self._nonces.answer(draft.author, draft.room, post)
        if answer is not None and not failpoints.is_off("nonces"):
            return answer
        if post.reply_to is not None:
            source = self._states.get((draft.room, post.reply_to))
            if source is None or source.seq < visible_from or source.deleted_at is not None:
                return NotFound(gettext_noop("The message you reply to is gone."))
        feed.head += 1
        name, kind, _staff = person
        state = State(
            *(0, draft.room, feed.head, feed.head, draft.author, name, kind),
            *(post.nonce, post.text, written.html, feed.now),
            *(None, None, post.reply_to),
        )
        content = digest(draft.room, post)
        self._nonces.add(draft.author, post, content, state.seq)
        self._contents[draft.room, state.seq] = content
        self._states[draft.room, state.seq] = state
        feed.touched[state.seq] = state
        if written.mentioned:
            self._mentions[draft.room, state.seq] = written.mentioned
        return Stored(state.seq, state.seq)

    def _delete(self, draft: Draft, feed: RoomFeed, state: State, *, is_staff: bool) -> Outcome:
        if state.author != draft.author and not is_staff:
            return Forbidden(gettext_noop("Only your own messages can be deleted."))
        if state.deleted_at is None:
            self._touch(feed, state)
            self._mentions.pop((draft.room, state.seq), None)
            state.text = state.html = ""
            state.deleted_at = feed.now
        return Stored(state.seq, state.change)

    def _edit(
        self, draft: Draft, edit: Edit, written: Formatted, feed: RoomFeed, state: State
    ) -> Outcome:
        if state.author != draft.author:
            return Forbidden(gettext_noop("Only your own messages can be edited."))
        if self._edit_window and feed.now - state.at > self._edit_window:
            return Forbidden(
                gettext_noop("A message can be edited for %(minutes)d minutes."),
                {"minutes": self._edit_window // timedelta(minutes=1)},
            )
        if state.text != edit.text:
            self._touch(feed, state)
            if MENTION in state.html or written.mentioned:
                self._remention.add(state.pk)
                self._mentions[draft.room, state.seq] = written.mentioned
            state.text, state.html = edit.text, written.html
            state.edited_at = feed.now
        return Stored(state.seq, state.change)

    def _react(self, draft: Draft, react: React, feed: RoomFeed, state: State) -> Outcome:
        emoji = qualified(react.emoji)
        if not is_emoji(emoji):
            return Invalid(gettext_noop("A reaction is one emoji."))
        reactions: Reactions = self._reactions.setdefault(state.pk, {})
        people = reactions.get(emoji, [])
        if react.on == (draft.author in people):
            return Stored(state.seq, state.change)
        if react.on and not people and len(reactions) >= REACTION_KINDS:
            return Conflict(gettext_noop("This message has all the reactions it can hold."))
        self._touch(feed, state)
        if react.on:
            reactions[emoji] = [*people, draft.author]
        else:
            people.remove(draft.author)
            if not people:
                del reactions[emoji]
        self._reacted.append((state, draft.author, emoji, react.on))
        # `people` are the others now: with this one they are more than an event names.
        if len(people) >= SHOWN_PEOPLE:
            self._unnamed[draft.room, state.seq, draft.author] = state
        return Stored(state.seq, state.change)

    def _touch(self, feed: RoomFeed, state: State) -> None:
        """Give the state the next number; several changes to it in one batch share one."""
        if state.seq not in feed.touched:
            feed.head += 1
            state.change = feed.head
            feed.touched[state.seq] = state

    def store(self) -> None:
        """Write what the drafts left behind, and the feeds' new heads."""
        fresh: list[State] = []
        for pk, feed in self._feeds.items():
            for state in feed.touched.values():
                if state.pk == 0:
                    fresh.append(state)
                elif state.deleted_at is not None:
                    storing.delete(state, state.deleted_at)
                else:
                    storing.update(state)
            if feed.head > feed.before:
                Feed.objects.filter(pk=pk).update(head=feed.head, at=feed.now)
        storing.insert(fresh, self._contents)
        for state, user, emoji, on in self._reacted:
            if state.deleted_at is not None:
                continue
            if on:
                Reaction.objects.create(message_id=state.pk, user_id=user, emoji=emoji)
            else:
                storing.unreact(state.pk, user, emoji)
        if self._mentions or self._remention:
            storing.mention(self._mentions, self._remention)

    def news(self) -> dict[int, News]:
        """What to tell the rooms once this is committed."""
        told: dict[int, News] = {}
        for pk, feed in self._feeds.items():
            if feed.touched:
                entries = [
                    entry(
                        state,
                        self._reactions.get(state.pk) if state.pk else None,
                        self._states.get((pk, state.reply_to or 0)),
                    )
                    for state in feed.touched.values()
                ]
                told[pk] = News(feed.before + 1, entries)
        for (room, seq, author), state in self._unnamed.items():
            reactions = self._reactions[state.pk]
            own = [emoji for emoji, people in reactions.items() if author in people]
            told[room].reacted.append(Reacted(author, seq, state.change, own))
        return told


def _targets(drafts: Sequence[Draft]) -> dict[int, set[int]]:
    """Room key → the messages that these drafts speak of, and what those reply to."""
    pairs = set()
    for draft in drafts:
        seq = draft.change.reply_to if isinstance(draft.change, Post) else draft.change.seq
        if seq is not None:
            pairs.add((draft.room, seq))
    if not pairs:
        return {}
    return {
        room: {seq for _room, seq in group}
        for room, group in groupby(sorted(pairs), key=lambda pair: pair[0])
    }


def _sources(states: dict[tuple[int, int], State]) -> dict[int, set[int]]:
    """Room key → what these states reply to and is not among them: quotes are drawn from it."""
    missing: dict[int, set[int]] = {}
    for (room, _seq), state in states.items():
        if state.reply_to is not None and (room, state.reply_to) not in states:
            missing.setdefault(room, set()).add(state.reply_to)
    return missing
