"""The states that the page can be in, each reached as people reach it, with neighbours about."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser.person import Person
from tests.browser.site import ROOT, Site

LIMITS = {
    "LIMIT_POSTS_PER_SECOND": "1000",
    "LIMIT_POSTS_PER_MINUTE": "10000",
    "LIMIT_GUESTS_PER_MINUTE": "1000",
    "LIMIT_ROOMS_PER_DAY": "1000",
    "LIMIT_WRONG_CODES": "2",
}
"""As everywhere, but one may make many things, and is soon asked to wait after wrong codes."""

KINDS = ["❤️", "😂", "👏", "🍂", "🙏", "🎉", "👀", "👨‍👩‍👧‍👦", "🇰🇷"]
LONG_NAME = "끝없이길어지는이름을가진우리동네사람"
ARRANGE = """
from chat.models import User
from chat.services import people
people.set_staff(User.objects.get(nickname="지우"), staff=True)
"""
REACT = """
from chat.models import User, room_key
from chat.protocol import React
from chat.services.feed import Draft, record
people = {{user.nickname: user.pk for user in User.objects.all()}}
for seq, emoji, names in {reactions}:
    record([Draft(room_key("{room}"), people[name], React("", "r", seq, emoji, on=True))
            for name in names])
"""
CLOSE = """
from chat.models import room_key
from chat.services import rooms
rooms.change(room_key("{id}"), rooms.Settings(closed=True))
"""


@dataclass
class World:
    """A board and rooms with something in them, and whom they belong to."""

    site: Site
    friends: dict[str, Person]
    rooms: dict[str, dict[str, Any]] = field(default_factory=dict)
    came: list[str] = field(default_factory=list)


def make_world(browser: Browser, site: Site) -> World:
    """Makes neighbours who never open a page, and what they have said. Close their contexts."""
    friends = {name: Person(browser, site.url) for name in ("민수", "Ann", "지우", LONG_NAME)}
    for name, friend in friends.items():
        friend.api("POST", "guests", {"nickname": name})
    world = World(site, friends)
    minsu, ann, jiu, long = friends.values()
    for title, listed in (
        ("목요 독서 모임", False), ("텃밭 이야기", True), ("빈 방", False),
    ):  # fmt: skip
        room = world.rooms[title] = minsu.make_room(title, listed=listed)
        for friend in (ann, jiu, long):
            friend.api("POST", "rooms/join", {"code": room["code"]})
    minsu.post("board", "퇴근길에 보니까 은행잎이 다 떨어졌네요", "저녁에 산책 갈 사람? 🍂")
    ann.post("board", "Count me in! https://map.example/riverside at 7?")
    book = world.rooms["목요 독서 모임"]["id"]
    long.post(book, "ㅋ" * 500, "- 물\n- 책\n- 연필")
    (plan,) = minsu.post(book, "이번 주는 3장까지 읽어 와요. **꼭**이요!")
    minsu.post(book, "> 마당은 함께 쓰는 곳이다\n\n이 문장이 좋았어요")
    liked, _code, _thumbs = ann.post(
        book, "I loved *that part* too", "```\nfor page in book:\n    read(page)\n```", "👍👍"
    )
    reactions = [
        (plan["seq"], "👍", ["Ann", "지우", LONG_NAME]),
        (plan["seq"], "📚", ["지우"]),
        *((liked["seq"], emoji, ["민수", "지우"][: 1 + at % 2]) for at, emoji in enumerate(KINDS)),
    ]
    run_in(site, REACT.format(room=book, reactions=reactions))
    minsu.post(world.rooms["텃밭 이야기"]["id"], "상추 모종 나눠 드려요")
    run_in(site, ARRANGE)
    jiu.post("board", "비 소식이 있으니 우산 챙기세요!")
    return world


def run_in(site: Site, code: str) -> None:
    """Do in the server's own database what only its owner can."""
    manage(site, "shell", "--no-imports", "-c", code)


def manage(site: Site, *arguments: str) -> None:
    """Run a management command beside the server, on its data."""
    environment = {**os.environ, "DATA_DIR": str(site.folder)}
    for name in ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "WORKERS"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def entered(person: Person, world: World, name: str) -> None:
    """Comes in, and into the rooms, without the page. Where a test has a second chance, its first
    one has the name already."""
    again = world.came.count(name)
    world.came.append(name)
    person.api("POST", "guests", {"nickname": f"{name}{again + 1}" if again else name})
    for title in ("목요 독서 모임", "빈 방"):
        person.api("POST", "rooms/join", {"code": world.rooms[title]["code"]})


State = Callable[[Person, World], None]


def enter(person: Person, world: World) -> None:
    person.page.goto(world.site.url)
    expect(person.page.locator(".beneath .msg").last).to_be_visible()


def enter_taken(person: Person, world: World) -> None:
    person.page.goto(world.site.url)
    person.page.fill("input[name=nickname]", "민수")
    person.page.keyboard.press("Enter")
    expect(person.page.locator("#id_nickname_error")).to_be_visible()


def broken(person: Person, world: World) -> None:
    """The server fails as it does when nobody thought of it."""
    person.allow("status of 500")
    rename = "ALTER TABLE {} RENAME TO {}"
    with closing(sqlite3.connect(world.site.folder / "madang.sqlite3", timeout=10)) as database:
        database.execute(rename.format("chat_installation", "chat_installed"))
        try:
            person.page.goto(world.site.url)
        finally:
            database.execute(rename.format("chat_installed", "chat_installation"))
    expect(person.page.locator(".number")).to_have_text("500")


def login_wrong(person: Person, world: World) -> None:
    person.page.goto(f"{world.site.url}/login")
    person.page.fill("input[name=username]", "minsu")
    person.page.fill("input[name=password]", "not this one")
    person.page.keyboard.press("Enter")
    expect(person.page.locator(".note-box.error")).to_be_visible()


def board(person: Person, world: World) -> None:
    person.go("board")
    expect(person.page.locator(".msg").last).to_be_visible()


def talk(person: Person, world: World) -> None:
    room = world.rooms["목요 독서 모임"]["id"]
    person.go(room)
    if not person.page.locator(".msg.mine").count():
        seen = person.api("GET", f"rooms/{room}/messages?before=9999&limit=50")["messages"]
        body = {"text": "저도요. 다음 주에 봐요!", "nonce": "own", "reply_to": seen[-3]["seq"]}
        person.api("POST", f"rooms/{room}/messages", body)
    expect(person.page.locator(".msg.mine").last).to_be_visible()
    chip = person.page.locator(".chip[data-emoji='👍']")
    if chip.get_attribute("aria-pressed") == "false":
        chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")


def who_reacted(person: Person, world: World) -> None:
    talk(person, world)
    person.page.locator(".msg", has=person.page.locator(".chip.on")).dispatch_event("contextmenu")
    person.page.locator("[data-deed=who]").click()
    # Whoever never spoke in the room is named too.
    expect(person.page.locator(".panel.who .name", has_text="지우").last).to_be_visible()


def formats(person: Person, world: World) -> None:
    talk(person, world)
    person.page.fill("textarea", "3장까지 다 읽었어요")
    person.page.evaluate("document.querySelector('textarea').setSelectionRange(0, 2)")
    person.page.click(".formatting")
    person.page.click(".formats [data-sign='**']")
    expect(person.page.locator("textarea")).to_have_value("**3장**까지 다 읽었어요")


def room_empty(person: Person, world: World) -> None:
    person.go(world.rooms["빈 방"]["id"])
    expect(person.page.locator(".empty .code")).to_be_visible()


def room_closed(person: Person, world: World) -> None:
    room = person.make_room("지난봄 소풍")
    minsu = world.friends["민수"]
    minsu.api("POST", "rooms/join", {"code": room["code"]})
    minsu.post(room["id"], "다들 고마웠어요. 내년에 또 가요!")
    run_in(world.site, CLOSE.format(id=room["id"]))
    person.go(room["id"])
    expect(person.page.locator("[data-closed]")).to_be_visible()


def listing(person: Person, world: World) -> None:
    person.page.goto(f"{world.site.url}/rooms")
    expect(person.page.locator(".room-link").last).to_be_visible()


def people(person: Person, world: World) -> None:
    person.go("board")
    person.page.click(".now")
    expect(person.page.locator("people-panel dialog")).to_be_visible()
    expect(person.page.locator("people-panel .people .hint")).to_be_visible()  # Which one I am.


def about_room(person: Person, world: World) -> None:
    person.go(world.rooms["목요 독서 모임"]["id"])
    person.page.click(".room-head .menu")
    person.page.click("[data-act=ask]")
    expect(person.page.locator("[data-act=leave]")).to_be_visible()


def message_menu(person: Person, world: World) -> None:
    talk(person, world)
    person.page.locator(".msg.mine").last.dispatch_event("contextmenu", {"bubbles": True})
    expect(person.page.locator("dialog.menu")).to_be_visible()


def emoji(person: Person, world: World) -> None:
    message_menu(person, world)
    person.page.locator("dialog.menu .quick button").last.click()
    expect(person.page.locator("dialog.emoji .grid button").first).to_be_visible()


def search(person: Person, world: World) -> None:
    person.go("board")
    person.page.click(".seek")
    person.page.fill("dialog.search input >> nth=0", "산책")
    expect(person.page.locator("dialog.search .hits li").first).to_be_visible()


def search_nothing(person: Person, world: World) -> None:
    person.go("board")
    person.page.click(".seek")
    person.page.fill("dialog.search input >> nth=0", "없는말")
    expect(person.page.locator("dialog.search .search-status strong")).to_be_visible()


def switcher(person: Person, world: World) -> None:
    person.go("board")
    person.page.keyboard.press("Control+k")
    expect(person.page.locator("dialog.switcher [role=option]").last).to_be_visible()


def shortcuts(person: Person, world: World) -> None:
    person.go("board")
    person.page.evaluate("document.activeElement.blur()")
    person.page.keyboard.press("?")
    expect(person.page.locator("dialog .keys").last).to_be_visible()


def mentions(person: Person, world: World) -> None:
    person.go("board")
    person.page.focus("textarea")
    person.page.keyboard.type("@")
    expect(person.page.locator(".mentions [role=option]").last).to_be_visible()


def failed(person: Person, world: World) -> None:
    """Written without a line, in a room that was closed meanwhile."""
    room = person.make_room("가을 소풍")
    person.go(room["id"])
    person.context.set_offline(True)
    person.page.fill("textarea", "저도 갈게요!")
    person.page.click(".send")
    expect(person.page.locator(".msg.pending")).to_be_visible()
    run_in(world.site, CLOSE.format(id=room["id"]))
    person.context.set_offline(False)
    expect(person.page.locator(".msg.failed .failure")).to_be_visible()
    expect(person.page.locator("[data-closed]")).to_be_visible()
    expect(person.page.locator(".status-line")).to_have_count(0)


def too_long(person: Person, world: World) -> None:
    person.go(world.rooms["빈 방"]["id"])
    person.page.fill("textarea", "하고 싶은 말이 아주 많아요. " * 130)
    expect(person.page.locator(".composer-note.warn")).to_be_visible()


def room_new(person: Person, world: World) -> None:
    person.page.goto(f"{world.site.url}/rooms/new")
    person.page.fill("input[name=title]", "가" * 61)
    person.page.keyboard.press("Enter")
    expect(person.page.locator("#id_title_error")).to_be_visible()


def join_wait(person: Person, world: World) -> None:
    for _ in range(3):
        person.page.goto(f"{world.site.url}/join")
        person.page.fill("input[name=code]", "AAAAA-BBBBB")
        person.page.keyboard.press("Enter")
        expect(person.page.locator("#id_code_error")).to_be_visible()
    expect(person.page.locator("[data-countdown]")).not_to_be_empty()


def me(person: Person, world: World) -> None:
    person.page.goto(f"{world.site.url}/me")


def not_found(person: Person, world: World) -> None:
    person.page.goto(f"{world.site.url}/rooms/987654")
    expect(person.page.locator(".number")).to_have_text("404")


def line_lost(person: Person, world: World) -> None:
    person.go("board")
    person.context.set_offline(True)
    person.page.fill("textarea", "곧 갈게요")
    person.page.click(".send")
    expect(person.page.locator(".msg.pending")).to_be_visible()
    expect(person.page.locator(".status-line")).to_be_visible()


def offline(person: Person, world: World) -> None:
    person.context.set_offline(False)
    person.go("board")
    person.page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    person.page.reload()  # From here on the worker answers.
    person.connected()
    person.context.set_offline(True)
    person.page.goto(f"{world.site.url}/me")
    expect(person.page.locator("[data-kept]")).to_be_visible()


VISITOR: dict[str, State] = {
    "enter": enter,
    "enter-taken": enter_taken,
    "login-wrong": login_wrong,
    "broken": broken,
}
"""Before one has a name."""

INSIDE: dict[str, State] = {
    "board": board,
    "talk": talk,
    "who-reacted": who_reacted,
    "formats": formats,
    "room-empty": room_empty,
    "room-closed": room_closed,
    "rooms": listing,
    "people": people,
    "about-room": about_room,
    "message-menu": message_menu,
    "emoji": emoji,
    "search": search,
    "search-nothing": search_nothing,
    "switcher": switcher,
    "shortcuts": shortcuts,
    "mentions": mentions,
    "failed": failed,
    "too-long": too_long,
    "room-new": room_new,
    "me": me,
    "not-found": not_found,
    "join-wait": join_wait,
    "line-lost": line_lost,
    "offline": offline,
}
"""With a name; the last two leave the network switched off."""
