"""Text as people write it, turned into the little HTML that shows its formatting.

Made when a message is written, by markdown-it-py, and sanitized last by nh3. Called by `feed`
alone; nothing a client sends is ever taken for HTML.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import nh3
from markdown_it.token import Token

from chat.services.markdown import MARKDOWN, SIGNS, TooMuch
from chat.services.mentions import Names

log = logging.getLogger(__name__)

MAX_LENGTH = 8 * 1024
MAX_ITEMS = 300
"""Lines that begin an item or a quote; with more of them the text is shown as it is."""

_LINE_STARTS = re.compile(r"^[ ]{0,3}(?:[-+*] |1[.)] )", re.MULTILINE)
_BLOCK_SIGNS = re.compile(r"^[ \t]*(?:[-+*>]|\d{1,9}[.)])", re.MULTILINE)
_TAG = re.compile(r"<(?!/?p>|br>)")


@dataclass(frozen=True, slots=True)
class Formatted:
    """`html` is empty where formatting adds nothing; `mentioned` are person keys, once each."""

    html: str = ""
    mentioned: tuple[int, ...] = ()


PLAIN = Formatted()


def formatted(text: str, people: Mapping[str, int] | None = None) -> Formatted:
    """The text's formatting; an `@` before a key of `people` mentions that person.

    Text with too much of it, or nested too deep, is plain text.
    """
    if not people and SIGNS.search(text) is None and not _may_begin_a_list(text):
        return PLAIN
    if len(text) > MAX_LENGTH or len(_BLOCK_SIGNS.findall(text)) > MAX_ITEMS:
        return PLAIN
    names = Names(people or {})
    env = {"names": names}
    try:
        tokens = MARKDOWN.parse(text, env)
        if not _adds_something(tokens):
            return PLAIN
        html = _CLEANER.clean(MARKDOWN.renderer.render(tokens, MARKDOWN.options, env)).strip()
    except TooMuch:
        return PLAIN
    except Exception:
        # A fault here must never keep anyone from saying something.
        log.exception("formatting failed")
        return PLAIN
    return Formatted(html, tuple(names.mentioned)) if _TAG.search(html) else PLAIN


def _may_begin_a_list(text: str) -> bool:
    if "\n" in text:
        return _LINE_STARTS.search(text) is not None
    return text[:1] in "-+1 "


_NOTHING = frozenset(("paragraph_open", "paragraph_close", "inline", "text", "softbreak"))


def _adds_something(tokens: Sequence[Token]) -> bool:
    """Whether more came of it than paragraphs and links, which every client finds by itself."""
    for token in tokens:
        if token.type not in _NOTHING:
            return True
        found = False
        for child in token.children or ():
            if child.type == "link_open":
                found = child.markup == "found"
                if not found:
                    return True
            elif child.type != "link_close" and child.type not in _NOTHING:
                return True
    return False


_CLEANER = nh3.Cleaner(
    tags={
        *("p", "br", "strong", "em", "s", "code", "pre", "blockquote"),
        *("ul", "ol", "li", "a", "span"),
    },
    attributes={"a": {"href"}, "span": {"data-person"}, "ol": {"start"}},
    allowed_classes={"span": {"mention"}},
    set_tag_attribute_values={"a": {"target": "_blank"}},
    link_rel="noopener noreferrer nofollow ugc",
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)
