"""Formatting: what Markdown means in a chat, what stays text, and what it may cost."""

import re
import time
from html import unescape

import pytest
from hypothesis import example, given, settings, strategies

from chat.models import BOARD_PK, Message, User
from chat.protocol import Delete, Edit, Post, decoded
from chat.services import history
from chat.services.destinations import addresses, poses
from chat.services.feed import Draft, record
from chat.services.formatting import MAX_GROWTH, MAX_MARKUP, formatted
from chat.text import LINE_END, has_ink, plain_of


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
        ("[집](https://a.example/b)을", '<p><a href="https://a.example/b">집</a>을</p>'),
        ("[집](www.a.example)", '<p><a href="https://www.a.example">집</a></p>'),
        ("[집](http://[2001:db8::1]/)", '<p><a href="http://[2001:db8::1]/">집</a></p>'),
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
@pytest.mark.parametrize(
    "words",
    [
        "https://bank.com",
        "`https://bank.com/login`",
        "**https://ba**`nk.com`",
        "bank.com",
        "\uff42ank\uff0ecom",
        "bank\u3002com",
        "bank\uff61com",
        "bank\u2024com",
        "bank\u06f0com",
        "b\u0430nk.c\u043em",
        "ba\u200bnk\u200b.\u2060com",
        "bank.\u200acom",
        "bank.\u034fcom",
        "https:\uff0f\uff0fbank",
        "https:\u2044\u2044bank",
        "\u202emoc.knab//:sptth",
        "은행.한국",
        "192.168.0.1",
        "//[::1]:8000",
        "네이버 naver.com 로그인",
    ],
)
def test_a_link_cannot_pose_as_another_address(words: str) -> None:
    html = formatted(f"[{words}](http://evil.example)").html
    assert html == '<p><a href="http://evil.example">http://evil.example</a></p>'


@pytest.mark.static
@pytest.mark.parametrize("text", ["ba[nk.c](http://e.x)om", "https://bank[/login](http://e.x)"])
def test_a_link_cannot_pose_together_with_what_stands_beside_it(text: str) -> None:
    assert '<a href="http://e.x">http://e.x</a>' in formatted(text).html


@pytest.mark.static
@pytest.mark.parametrize(
    "words",
    ["여기", "끝.다음", "Q·A", "3.5 점", "우리 집", "https://a.example/b", "1. 첫째"],
)
def test_words_that_are_no_address_stay(words: str) -> None:
    assert not poses(words, "https://a.example/b")
    assert f">{words}</a>" in formatted(f"[{words}](https://a.example/b)").html


@pytest.mark.static
@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("봐 https://a.example/_b_c에서", "https://a.example/_b_c에서"),
        ("(https://a.example/b)**c**", "https://a.example/b"),
        ("**https://a.example/c**는", "https://a.example/c"),
        ("_https://a.example/a_b_", "https://a.example/a_b"),
        ("www.a.example/_b_c", "www.a.example/_b_c"),
        ("https://a.example/@민수/~x~", "https://a.example/@민수/~x"),
        ("http://[2001:db8::1]/_a_b", "http://[2001:db8::1]/_a_b"),
        ("https://a.example[x](https://b.example)", "https://a.example"),
    ],
)
def test_the_signs_of_an_address_are_no_formatting(text: str, address: str) -> None:
    found = [text[start:end] for start, end in addresses(text)]
    assert found[0] == address
    assert address in plain_of(text, formatted(text, {"민수": 1}).html)


@pytest.mark.static
@pytest.mark.parametrize(
    "text",
    [
        *("+", "-", "- ", "1.", "1. ", "*", ">", "> ", ">>", "> \n> ", "+ \n- ", "- a\n-\n- b"),
        *("*\u200b*", "**\u200b**", "~~\u3164~~", "`\u200b`", "` `", "```\n```", "~~~\n\n~~~"),
        *("[](http://a.b)", "[\u200b](http://a.b)", "> \u200b", "- \u2060"),
        '[a](http://a.b "more")',
    ],
)
def test_what_would_leave_no_ink_stays_as_it_was_written(text: str) -> None:
    assert formatted(text).html == ""
    assert plain_of(text, formatted(text).html) == text


@pytest.mark.static
def test_a_part_without_ink_keeps_its_signs_beside_formatting() -> None:
    assert formatted("**a** *\u200b*").html == "<p><strong>a</strong> *\u200b*</p>"
    assert formatted("**a**\n>").html == "<p><strong>a</strong><br>\n&gt;</p>"
    assert formatted("**a**\n-").html == "<p><strong>a</strong><br>\n-</p>"
    assert formatted("**a** ` ` [](http://b.c)").html == (
        "<p><strong>a</strong> ` ` [](http://b.c)</p>"
    )


@pytest.mark.static
@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("> 남의 말\n내 말", "<blockquote>\n<p>남의 말</p>\n</blockquote>\n<p>내 말</p>"),
        ("> 남의 말\r내 말", "<blockquote>\n<p>남의 말</p>\n</blockquote>\n<p>내 말</p>"),
        ("> a\n>_<", "<blockquote>\n<p>a</p>\n</blockquote>\n<p>&gt;_&lt;</p>"),
        (
            "> > a\n> b\nc",
            "<blockquote>\n<blockquote>\n<p>a</p>\n</blockquote>\n<p>b</p>\n</blockquote>\n<p>c</p>",
        ),
        (
            "> ```\n> code\n내 말",
            "<blockquote>\n<pre><code>code\n</code></pre>\n</blockquote>\n<p>내 말</p>",
        ),
        (
            "> - a\n> b\nc",
            "<blockquote>\n<ul>\n<li>a</li>\n</ul>\n<p>b</p>\n</blockquote>\n<p>c</p>",
        ),
        ("- 하나\n다음", "<ul>\n<li>하나</li>\n</ul>\n<p>다음</p>"),
        ("1. 하나\n다음", "<ol>\n<li>하나</li>\n</ol>\n<p>다음</p>"),
        ("- 하나\n  아직", "<ul>\n<li>하나<br>\n아직</li>\n</ul>"),
        (
            "- a\n  - b\nc",
            "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>\n<p>c</p>",
        ),
        (
            "- > a\n  b",
            "<ul>\n<li>\n<blockquote>\n<p>a</p>\n</blockquote>\nb</li>\n</ul>",
        ),
    ],
)
def test_a_quote_and_an_item_end_at_the_first_line_without_their_sign(text: str, html: str) -> None:
    assert formatted(text).html == html


@pytest.mark.static
@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("¯\\_(ツ)_/¯ **하하**", "<p>¯\\_(ツ)_/¯ <strong>하하</strong></p>"),
        ("C:\\_temp\\*.txt **b**", "<p>C:\\_temp\\*.txt <strong>b</strong></p>"),
        ("\\d+\\.\\d* `x`", "<p>\\d+\\.\\d* <code>x</code></p>"),
        ("**a**\\\nb", "<p><strong>a</strong>\\<br>\nb</p>"),
        ("**a** \\! \\# \\&amp;", "<p><strong>a</strong> \\! \\# \\&amp;amp;</p>"),
        ("`\\*a\\*`", "<p><code>\\*a\\*</code></p>"),
        ("\\*a\\*", "<p>*a*</p>"),
        ("\\*a*", "<p>*a*</p>"),
        ("\\\\*a*", "<p>\\<em>a</em></p>"),
        ("\\~~a~~ **b**", "<p>~~a~~ <strong>b</strong></p>"),
        ("\\`a`", "<p>`a`</p>"),
        ("\\[a](http://b.c)", "<p>[a](http://b.c)</p>"),
        ("[a\\](http://b.c)", "<p>[a](http://b.c)</p>"),
        ("\\> a", "<p>&gt; a</p>"),
        ("\\- a", "<p>- a</p>"),
        ("1\\. a", "<p>1. a</p>"),
        ("\\@민수 **b**", "<p>@민수 <strong>b</strong></p>"),
        ("\\@누구 **b**", "<p>\\@누구 <strong>b</strong></p>"),
    ],
)
def test_a_backslash_goes_only_where_its_sign_would_have_formatted(text: str, html: str) -> None:
    assert formatted(text, {"민수": 1}).html == html


@pytest.mark.static
@pytest.mark.parametrize("text", ["¯\\_(ツ)_/¯", "a\\b", "\\ * \\", "2\\*3 \\_x"])
def test_backslashes_alone_are_text(text: str) -> None:
    assert formatted(text).html == ""


@pytest.mark.static
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_end_of_a_line_is_one(end: str) -> None:
    assert formatted(f"**a**{end}b").html == "<p><strong>a</strong><br>\nb</p>"
    assert formatted(f"- a{end}- b").html == "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"
    assert formatted(f"a\n{end}- b").html == "<p>a</p>\n<ul>\n<li>b</li>\n</ul>"
    assert formatted(f"```{end}a{end}b{end}```").html == "<pre><code>a\nb\n</code></pre>"
    assert formatted(f"a{end}b").html == ""


SEED_TEXTS = strategies.one_of(
    strategies.text('가a *_~`>-+1.\n\r@\\\t\u200b\u3164[]()&<"', max_size=60),
    strategies.lists(
        strategies.sampled_from(
            [
                *("**", "*", "~~", "`", "> ", "- ", "+", "1. ", "[a](http://b.c)", "[", "](", ")"),
                *("@민수", "https://a.b/_c_", "\n", "\u2028", "\\", "\u200b", "가", "&", '"', " "),
                *("```\n", "말", "ㅋㅋ", "<"),
            ]
        ),
        max_size=200,
    ).map("".join),
)


@pytest.mark.static
@settings(max_examples=600, deadline=None)
@given(SEED_TEXTS)
@example("[a](http://b)" * 150)
@example("`a`" * 120)
@example("@민수" * 600)
@example("**a**" + "&" * 1900)
@example("a\n" * 900 + "**b**")
def test_formatting_loses_nothing_and_stays_small(text: str) -> None:
    html = formatted(text, {"민수": 7_000_000_000}).html
    assert len(html.encode()) <= MAX_GROWTH * len(text.encode()) + MAX_MARKUP
    assert not html or has_ink(re.sub(r"<[^>]*>", "", html))
    for tag in ("a", "code", "em", "strong", "s", "li", "blockquote"):
        for inside in re.findall(rf"<{tag}\b[^>]*>((?:(?!<{tag}\b).)*?)</{tag}>", html, re.DOTALL):
            assert has_ink(unescape(re.sub(r"<[^>]*>", "", inside))), (tag, html)
    assert "target=" not in html
    assert "rel=" not in html


@pytest.mark.static
@settings(max_examples=300, deadline=None)
@given(
    strategies.lists(
        strategies.tuples(
            strategies.sampled_from(["> ", "", "- ", "  ", "> > ", ">"]),
            strategies.sampled_from(["말", "a b", "", "**c**", ">_<", "```"]),
            strategies.sampled_from(["\n", "\r\n", "\u2028"]),
        ),
        max_size=8,
    )
)
def test_only_lines_with_the_sign_are_quoted(lines: list[tuple[str, str, str]]) -> None:
    signed = [(sign, f"{words} n{number}", end) for number, (sign, words, end) in enumerate(lines)]
    text = "".join(sign + words + end for sign, words, end in signed)
    html = formatted(text).html
    quoted = "".join(re.findall(r"<blockquote>.*</blockquote>|<pre>.*?</pre>", html, re.DOTALL))
    depth, inside = 0, ""
    for part in re.split(r"(</?blockquote>)", html):
        if "blockquote>" in part:
            depth += -1 if part.startswith("</") else 1
        elif depth:
            inside += part
    own = {
        f"n{number}"
        for number, line in enumerate(LINE_END.split(text))
        if line.strip() and ">" not in line.split("n")[0]
    }
    assert not own & set(re.findall(r"n\d+", inside)), (html, quoted)


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
