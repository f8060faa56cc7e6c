"""Markdown as a chat means it: markdown-it-py with the rules that people's habits need.

`>_<`, `3*4*5`, `하이~~방가~~` and `2026. 11. 24.` are text; emphasis holds beside Korean; names
after an `@` and links are found first. Called by `formatting`.
"""

import re
import unicodedata
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.parser_inline import ParserInline
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from chat.services.links import find_links, href_of, link_at
from chat.services.mentions import WIDE, Names

MAX_SIGNS = 250
"""Signs of formatting that are read; those in code do not count."""
MAX_NESTING = 12
"""Levels of quotes and items (an item is two); deeper text is shown as it is."""

MENTION = '<span class="mention" data-person="'
"""How a mention begins in what is made of a text."""
SIGNS = re.compile(r"[*_~`\[>]")
_QUOTE_LINE = re.compile(r"[ ]{0,3}>+(?: |$|\n)")
_ORDERED = re.compile(r"[ ]{0,3}1[.)] +(?!\d+[.)])")
_NUMBERED = re.compile(r"[ ]{0,3}\d{1,9}[.)](?: |$)")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,20}")
_SCHEME = re.compile(r"(?:https?|mailto)$", re.IGNORECASE)


class TooMuch(Exception):
    """Reading this text would take too long."""


def _bounded(state: StateCore) -> None:
    """Between blocks and what is in them: code costs nothing, so its signs do not count."""
    signs = 0
    for token in state.tokens:
        # Where markdown-it-py itself stops, what lies deeper is lost.
        if token.level > MAX_NESTING:
            raise TooMuch
        if token.type == "inline":
            signs += len(SIGNS.findall(token.content))
    if signs > MAX_SIGNS:
        raise TooMuch


class _State(StateInline):
    """Emphasis beside Korean: its letters stand next to a sign as punctuation does."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        marker = self.src[start]
        end = start
        while end < self.posMax and self.src[end] == marker:
            end += 1
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        blank_before, blank_after = before.isspace(), after.isspace()
        soft_before = blank_before or _punctuation(before) or WIDE.match(before) is not None
        soft_after = blank_after or _punctuation(after) or WIDE.match(after) is not None
        opens = not blank_after and (not _punctuation(after) or soft_before)
        closes = not blank_before and (not _punctuation(before) or soft_after)
        if marker == "~":
            # 하이~~방가~~ is a tone of voice; only what stands by itself is struck out.
            opens = opens and (blank_before or _punctuation(before))
        elif marker == "*":
            opens = opens and soft_before
            closes = closes and soft_after
        else:
            opens, closes = opens and (blank_before or _punctuation(before)), closes and soft_after
        return Scanned(opens, closes, end - start)


class _Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def _punctuation(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "PS"


def _quote(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """A quote's sign is followed by a space: >_< is a face."""
    start = state.bMarks[line]
    if _QUOTE_LINE.match(state.src, start + state.tShift[line]) is None:
        return False
    return blockquote(state, line, end, silent)


def _list(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """An ordered list starts with 1 and text: a date such as 2026. 11. 24. does not."""
    start = state.bMarks[line] + state.tShift[line]
    next_item = silent and state.listIndent >= 0 and state.sCount[line] < state.blkIndent
    if (
        not next_item
        and _NUMBERED.match(state.src, start)
        and _ORDERED.match(state.src, start) is None
    ):
        return False
    return list_block(state, line, end, silent)


def _mention(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "@" or state.linkLevel:
        return False
    names: Names = state.env["names"]
    name = names.at(state.src, state.pos)
    person = names.mention(name, silent=silent) if name is not None else None
    if name is None or person is None:
        return False
    if not silent:
        token = state.push("mention", "", 0)
        token.content = f"@{name}"
        token.meta = {"person": person}
    state.pos += 1 + len(name)
    return True


def _address(state: StateInline, silent: bool) -> bool:
    """A link is found before the signs in it can be taken for formatting."""
    if state.src[state.pos] != ":" or state.linkLevel:
        return False
    scheme = _SCHEME.search(state.src[max(0, state.pos - 6) : state.pos])
    if scheme is None or not state.pending.endswith(scheme[0]):
        return False
    start = state.pos - len(scheme[0])
    written = link_at(state.src, start)
    if written is None:
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[0])]
        state.push("link_open", "a", 1).attrs = {"href": written}
        state.tokens[-1].markup = "found"
        state.push("text", "", 0).content = written
        state.push("link_close", "a", -1)
    state.pos = start + len(written)
    return True


def _link_text(state: StateCore) -> None:
    """Links in what is left of the text; and a link's words may not name another address."""
    for block in state.tokens:
        if block.type != "inline" or not block.children:
            continue
        children: list[Token] = []
        inside: Token | None = None
        found = False
        for token in block.children:
            if token.type == "link_open" and token.markup != "found":
                inside = token
            elif token.type == "link_open":
                found = True
            elif token.type == "link_close":
                inside, found = None, False
            elif inside is not None and token.type == "text" and _poses(token.content, inside):
                token.content = str(inside.attrs["href"])
            elif inside is None and not found and token.type == "text":
                children += _with_links(token)
                continue
            children.append(token)
        block.children = children


def _poses(words: str, link: Token) -> bool:
    """Whether the words of a link look like an address, and not the one it leads to."""
    if re.search(r"://|www\.|\w\.[a-z]{2,}", words, re.IGNORECASE) is None:
        return False
    return words.strip() != link.attrs["href"]


def _with_links(token: Token) -> Sequence[Token]:
    made: list[Token] = []
    done = 0
    for start, end, href in find_links(token.content):
        made.append(_text(token.content[done:start], token.level))
        opening = Token("link_open", "a", 1, {"href": href}, markup="found")
        made += [opening, _text(token.content[start:end], token.level + 1)]
        made.append(Token("link_close", "a", -1))
        done = end
    return [*made, _text(token.content[done:], token.level)] if made else [token]


def _text(content: str, level: int) -> Token:
    return Token("text", "", 0, content=content, level=level)


class _Renderer(RendererHTML):
    def mention(
        self, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
    ) -> str:
        token = tokens[index]
        shown = escapeHtml(token.content)
        return f'{MENTION}{token.meta["person"]}">{shown}</span>'

    def fence(
        self, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
    ) -> str:
        """What follows the opening sign may name a language; anything else was meant to be read."""
        token = tokens[index]
        code, info = token.content, token.info.strip()
        if info and (not code.strip() or _LANGUAGE.fullmatch(info) is None):
            code = f"{info}\n{code}"
        return f"<pre><code>{escapeHtml(code)}</code></pre>\n"


class _Chat(MarkdownIt):
    """Links lead where they say, written as they were written."""

    def validateLink(self, url: str) -> bool:
        return href_of(url) is not None

    def normalizeLink(self, url: str) -> str:
        return url

    def normalizeLinkText(self, link: str) -> str:
        return link


def _markdown() -> MarkdownIt:
    markdown = _Chat(
        "zero",
        {"html": False, "breaks": True, "maxNesting": MAX_NESTING + 4},
        renderer_cls=_Renderer,
    )
    markdown.inline = _Inline()
    markdown.inline.ruler.enableOnly(
        ["text", "newline", "escape", "backticks", "strikethrough", "emphasis", "link"]
    )
    markdown.inline.ruler2.enableOnly(
        ["balance_pairs", "strikethrough", "emphasis", "fragments_join"]
    )
    markdown.block.ruler.at("blockquote", _quote, {"alt": ["paragraph", "reference"]})
    markdown.block.ruler.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    markdown.block.ruler.enableOnly(["fence", "blockquote", "list", "paragraph"])
    markdown.inline.ruler.before("emphasis", "mention", _mention)
    markdown.inline.ruler.before("emphasis", "address", _address)
    markdown.inline.ruler.enable(["mention", "address"])
    markdown.core.ruler.before("inline", "bounded", _bounded)
    markdown.core.ruler.push("link_text", _link_text)
    markdown.core.ruler.enable(
        ["normalize", "block", "bounded", "inline", "text_join", "link_text"]
    )
    return markdown


MARKDOWN = _markdown()
