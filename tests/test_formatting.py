"""Formatting: what Markdown means in a chat, what stays text, and what it may cost."""

import json
import re
import time
from html import unescape
from pathlib import Path

import pytest
from hypothesis import example, given, settings, strategies

from chat.models import BOARD_PK, Message, User
from chat.protocol import Delete, Edit, Post, decoded
from chat.services import history
from chat.services.feed import Draft, record
from chat.services.formatting import formatted
from chat.services.links import find_links

LINK = 'target="_blank" rel="noopener noreferrer nofollow ugc"'


@pytest.mark.static
@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**강조**를", "<p><strong>강조</strong>를</p>"),
        ('**"강조"**는', '<p><strong>"강조"</strong>는</p>'),
        ("*기울임*도", "<p><em>기울임</em>도</p>"),
        ("~~취소~~는", "<p><s>취소</s>는</p>"),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
        (
            "```\n" + "*a* " * 500 + "\n```",
            "<pre><code>" + "*a* " * 500 + "\n</code></pre>",
        ),
        ("```py\n*x*\n```", "<pre><code>*x*\n</code></pre>"),
        ("- 사과\n- 배", "<ul>\n<li>사과</li>\n<li>배</li>\n</ul>"),
        ("1. 하나\n2. 둘", "<ol>\n<li>하나</li>\n<li>둘</li>\n</ol>"),
        ("> 인용", "<blockquote>\n<p>인용</p>\n</blockquote>"),
        ("첫째\n**둘째**", "<p>첫째<br>\n<strong>둘째</strong></p>"),
        ("[집](https://a.example/b)을", f'<p><a href="https://a.example/b" {LINK}>집</a>을</p>'),
        (
            "*봐* https://a.example/_b_c에서",
            f'<p><em>봐</em> <a href="https://a.example/_b_c" {LINK}>'
            "https://a.example/_b_c</a>에서</p>",
        ),
        ("<script>*x*</script>", "<p>&lt;script&gt;<em>x</em>&lt;/script&gt;</p>"),
    ],
)
def test_markdown_that_people_mean_is_shown(text: str, html: str) -> None:
    assert formatted(text).html == html


@pytest.mark.static
@pytest.mark.parametrize(
    "text",
    [
        "안녕하세요",
        "하이~~방가~~",
        ">_< 3*4*5 snake_case_name",
        "2026. 11. 24. 회의",
        "https://a.example/_b_",
        "www.a.example",
        "---",
        "# 제목",
        "    들여쓴 글",
        "<b>x</b>",
        "[x](javascript:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](data:text/html,x)",
        "[x](//a.example)",
        "[x](https://good.example@evil.example)",
        '[x](https://a.example/"onclick=x)',
        "[x](https://a.example/\u202egnp)",
        "[x](https://a.example/\x01)",
        "[x](&#106;avascript:alert(1))",
        "[x](vbscript:a)",
        "<https://a.example>",
        "> " * 20 + "too deep",
        "- " * 20 + "too deep",
        "- > " * 10 + "too deep",
    ],
)
def test_everything_else_stays_text(text: str) -> None:
    assert formatted(text).html == ""


@pytest.mark.static
@pytest.mark.parametrize("depth", range(1, 20))
@pytest.mark.parametrize("sign", ["> ", "- ", "- > ", "> 1. "])
def test_nothing_is_lost_however_deep_it_stands(sign: str, depth: int) -> None:
    html = formatted(sign * depth + "here").html
    assert "here" in html or not html


@pytest.mark.static
@settings(max_examples=400, deadline=None)
@given(strategies.text("가a *_~`>-1.\n@\\\t", max_size=40))
@example("```가가")
@example("```가 a\n```")
@example("~~~\n가\n~~~ a")
def test_every_letter_is_shown(text: str) -> None:
    html = formatted(text, {"가": 1}).html
    shown = unescape(re.sub(r"<[^>]*>", "", html))
    assert not html or [sign for sign in shown if sign in "가a"] == [
        sign for sign in text if sign in "가a"
    ]


@pytest.mark.static
def test_a_link_cannot_pose_as_another_address() -> None:
    html = formatted("[https://bank.example](https://evil.example)").html
    assert "bank" not in html
    assert ">https://evil.example</a>" in html


@pytest.mark.static
def test_names_are_mentioned_before_particles_and_nowhere_in_code() -> None:
    people = {"민수": 7, "민": 8, "bob": 9}
    made = formatted("@민수야 @bob @bobby a@bob `@민` [@민](https://a.example)", people)
    assert made.mentioned == (7, 9)
    assert '<span class="mention" data-person="7">@민수</span>야' in made.html
    assert '<span class="mention" data-person="9">@bob</span> @bobby a@bob' in made.html
    assert formatted("@누구", people).html == ""


BOMBS = {
    "quotes": ">" * 10_000,
    "spaced quotes": "> " * 4_000,
    "few quotes": "> " * 240 + "a",
    "quoted lines": "> a\n" * 290,
    "brackets": "[" * 100_000,
    "links in links": "[[" * 62 + "](https://a.example)" * 62,
    "stars": "*a _b " * 62,
    "ticks": "`a" * 249,
    "items": "- a\n" * 2_000,
    "items in items": "\n".join(" " * depth + "- a" for depth in range(100)),
    "addresses": "*a* " + "https://a.example/" * 400,
    "particles": "*a* https://a.example/x" + "이나" * 2_000 + "갸",
    "escapes": "\\*" * 249,
    "many addresses": "*a* " + "가https://a.b/c" * 500,
    "quotes in items": "> - " * 2_000,
    "items in one line": "- " * 4_000,
    "lazy quotes": ("> " * 12 + "a\n") * 290,
    "fences": "```\n" * 2_000,
    "signs in code": "```\n" + "*_~`[>" * 1_300 + "\n```",
    "names": "@" * 8_000,
    "mentions": "@민수" * 2_600,
    "emphasis": "*a **a " * 80,
    "open brackets": "[" * 249,
    "images": "![a](b" * 249,
    "entities": "&amp;" * 1_600 + "*a*",
}


@pytest.mark.static
@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_bombs_cost_less_than_50_ms(text: str) -> None:
    formatted("**warm**")
    took = []
    for _attempt in range(3):
        began = time.process_time()
        formatted(text, {"민수": 1})
        took.append(time.process_time() - began)
    assert min(took) < 0.05


LINKS = json.loads((Path(__file__).parent / "js" / "links.json").read_text())
"""What the page's own `links.js` is held to as well."""


@pytest.mark.static
@pytest.mark.parametrize(("text", "link"), LINKS["links"])
def test_links_are_those_that_the_page_finds(text: str, link: str) -> None:
    assert [text[start:end] for start, end, _href in find_links(text)] == [link]


@pytest.mark.static
@pytest.mark.parametrize("text", LINKS["none"])
def test_what_the_page_does_not_link_is_no_link_here(text: str) -> None:
    assert list(find_links(text)) == []


@pytest.mark.django_db(transaction=True)
def test_formatting_follows_the_text_and_leaves_with_it() -> None:
    alice = User.objects.create(nickname="alice", name_key="alice")

    def told(change: Post | Edit | Delete) -> dict[str, object]:
        news = record([Draft(BOARD_PK, alice.pk, change)]).news[BOARD_PK]
        event: dict[str, object] = decoded([news.entries[0].encoded])[0]
        return event

    def kept() -> tuple[str, str]:
        return Message.objects.values_list("text", "html").get()

    assert told(Post("board", "a", "**하나**"))["html"] == "<p><strong>하나</strong></p>"
    assert kept() == ("**하나**", "<p><strong>하나</strong></p>")
    assert told(Edit("board", "b", 1, "*둘*"))["html"] == "<p><em>둘</em></p>"
    assert kept() == ("*둘*", "<p><em>둘</em></p>")
    assert b"<em>" in history.tail(BOARD_PK, 0).entries[0].encoded
    assert "html" not in told(Edit("board", "c", 1, "셋"))
    assert kept() == ("셋", "")
    told(Edit("board", "d", 1, "**넷**"))
    assert "html" not in told(Delete("board", "e", 1))
    assert kept() == ("", "")
