"""Text as people write it, turned into the little HTML that shows its formatting.

Made when a message is written, by markdown-it-py, and sanitized last by nh3. Called by `feed`
alone; nothing a client sends is ever taken for HTML. Addresses by themselves are not in it: the
page finds those in what it shows, formatted or not (docs/adr/0015-links.md).
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import nh3
from markdown_it.token import Token

from chat.services.markdown import MARKDOWN, SIGNS, TooMuch
from chat.services.mentions import Names
from chat.text import LINE_END, has_ink

log = logging.getLogger(__name__)

MAX_LENGTH = 8 * 1024
MAX_ITEMS = 300
"""Lines that begin an item or a quote; with more of them the text is shown as it is."""
MAX_GROWTH = 4
MAX_MARKUP = 1024
"""What is stored is at most MAX_GROWTH times the text and MAX_MARKUP bytes; else it stays text."""

_LINE_STARTS = re.compile(r"^[ ]{0,3}(?:[-+*] |1[.)] )", re.MULTILINE)
_BLOCK_SIGNS = re.compile(r"^[ \t]*(?:[-+*>]|\d{1,9}[.)])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Formatted:
    """`html` is empty where formatting adds nothing; `mentioned` are person keys, once each."""

    html: str = ""
    mentioned: tuple[int, ...] = ()


PLAIN = Formatted()


def formatted(text: str, people: Mapping[str, int] | None = None) -> Formatted:
    """The text's formatting; an `@` before a key of `people` mentions that person.

    Text with too much of it, nested too deep, or of which something would be drawn empty is plain
    text.
    """
    if not people and SIGNS.search(text) is None and not _may_begin_a_list(text):
        return PLAIN
    lines = LINE_END.sub("\n", text)
    if len(lines) > MAX_LENGTH or len(_BLOCK_SIGNS.findall(lines)) > MAX_ITEMS:
        return PLAIN
    names = Names(people or {})
    env = {"names": names}
    try:
        tokens = MARKDOWN.parse(lines, env)
        if not (_adds_something(tokens) or "escaped" in env) or not _all_have_ink(tokens):
            return PLAIN
        html = _CLEANER.clean(MARKDOWN.renderer.render(tokens, MARKDOWN.options, env)).strip()
    except TooMuch:
        return PLAIN
    except Exception:
        # A fault here must never keep anyone from saying something.
        log.exception("formatting failed")
        return PLAIN
    if len(html.encode()) > MAX_GROWTH * len(text.encode()) + MAX_MARKUP:
        return PLAIN
    return Formatted(html, tuple(names.mentioned))


def _may_begin_a_list(text: str) -> bool:
    # Of all ways to ask for the ends of lines the quickest, and every text is asked.
    lines = len(text.splitlines())
    if lines < 2:
        return text[:1] in "-+1 "
    if lines > text.count("\n") + (text[-1] != "\n"):
        text = LINE_END.sub("\n", text)
    return _LINE_STARTS.search(text) is not None


_NOTHING = frozenset(("paragraph_open", "paragraph_close", "inline", "text", "softbreak"))


def _adds_something(tokens: Sequence[Token]) -> bool:
    """Whether more came of it than paragraphs."""
    return any(
        token.type not in _NOTHING
        or any(child.type not in _NOTHING for child in token.children or ())
        for token in tokens
    )


_BLOCKS = frozenset(("blockquote_open", "list_item_open"))
_ENDS = frozenset(("blockquote_close", "list_item_close"))


def _all_have_ink(tokens: Sequence[Token]) -> bool:
    """Whether something can be seen in every quote and every item, and at all."""
    inked = [False]
    for token in tokens:
        if token.type in _BLOCKS:
            inked.append(False)
        elif token.type in _ENDS:
            if not inked.pop():
                return False
            inked[-1] = True
        elif not inked[-1] and token.type in {"inline", "fence"}:
            inked[-1] = has_ink(token.content + token.info)
    return inked[-1]


_CLEANER = nh3.Cleaner(
    tags={
        *("p", "br", "strong", "em", "s", "code", "pre", "blockquote"),
        *("ul", "ol", "li", "a", "span"),
    },
    attributes={"a": {"href"}, "span": {"data-person"}, "ol": {"start"}},
    allowed_classes={"span": {"mention"}},
    # The page says itself that links lead to another tab, and what that one may know.
    link_rel=None,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)
