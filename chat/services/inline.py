"""What stands in a line: markdown-it-py's inline rules, with what people in a chat mean by them.

Emphasis holds beside Korean, `¯\\_(ツ)_/¯` keeps its arm, an address keeps its signs, a name after
an `@` is found. What would be drawn empty stays as it was written. Called by `markdown`.
"""

import re
import unicodedata
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline, backtick, emphasis, link, strikethrough
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType

from chat.services.blocks import begins_block
from chat.services.destinations import addresses
from chat.services.mentions import WIDE, Names
from chat.text import has_ink

_ESCAPED = re.compile(r"(\\+)([*_~`\[\]()@>.+-])")
_LINE_START = re.compile(r"[ \t]*\d{0,9}")


class _State(StateInline):
    """The text of one block while it is read.

    `trial`: where formatting was found, while it is found out which backslashes go.
    """

    def __init__(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> None:
        super().__init__(src, md, env, tokens)
        self.trial: list[tuple[int, Token | None]] | None = None
        self.going: frozenset[int] = frozenset()
        self.addresses = tuple(addresses(src)) if ":" in src or "." in src else ()

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        """Letters of Korean stand next to a sign of emphasis as punctuation does."""
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
        if "\\" in src:
            state.going = self._going(src, md, env)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        state.tokens = _with_ink(state.tokens)
        tokens[:] = state.tokens
        return tokens

    def _going(self, src: str, md: MarkdownIt, env: EnvType) -> frozenset[int]:
        """Where in the text the signs are that would format, were no backslash before them."""
        bare, done, places = "", 0, {}
        for match in _ESCAPED.finditer(src):
            bare += src[done : match.start()]
            places[len(bare)] = match.start(2)
            bare += match[2]
            done = match.end()
        bare += src[done:]
        if not places:
            return frozenset()
        state = _State(bare, md, env, [])
        state.trial = []
        self.tokenize(state)
        # The last rule joins what the others left of the tokens.
        for rule in self.ruler2.getRules("")[:-1]:
            rule(state)
        found = {
            at
            for at, token in state.trial
            if token is None or token.type != "text" or not token.content
        }
        found |= {at for at in places if _begins_block(bare, at)}
        return frozenset(place for at, place in places.items() if at in found)


def _begins_block(text: str, at: int) -> bool:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[start : end if end >= 0 else None]
    return _LINE_START.fullmatch(text[start:at]) is not None and begins_block(line.lstrip())


def _punctuation(sign: str) -> bool:
    """A letter's shape in a face, as the shoulder in ¯\\_(ツ)_/¯, is none."""
    category = unicodedata.category(sign)
    return category[0] in "PS" and category != "Sk"


def _escape(state: StateInline, silent: bool) -> bool:
    """A backslash goes where its sign would have formatted; anywhere else it was meant."""
    match = _ESCAPED.match(state.src, state.pos)
    if match is None or match.end() > state.posMax:
        return False
    count = len(match[1])
    goes = isinstance(state, _State) and match.start(2) in state.going
    literal = "\\" * (count // 2) + match[2] * (count % 2) if goes else match[0]
    if not silent:
        state.append_pending(literal)
        if goes:
            state.env["escaped"] = True
    # Two backslashes are one that is shown, and the sign after them formats.
    state.pos = match.end() - (1 if goes and count % 2 == 0 else 0)
    return True


def _address(state: StateInline, silent: bool) -> bool:
    """The signs within an address are no formatting."""
    if not isinstance(state, _State) or state.src[state.pos] not in "*_~@[":
        return False
    for start, end in state.addresses:
        if start < state.pos < end:
            end = min(end, state.posMax)
            if not silent:
                state.append_pending(state.src[state.pos : end])
            state.pos = end
            return True
    return False


def _mention(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "@" or state.linkLevel:
        return False
    names: Names = state.env["names"]
    name = names.at(state.src, state.pos)
    trial = isinstance(state, _State) and state.trial is not None
    person = names.mention(name, silent=silent or trial) if name is not None else None
    if name is None or person is None:
        return False
    if not silent:
        token = state.push("mention", "", 0)
        token.content = f"@{name}"
        token.meta = {"person": person}
        _found(state, state.pos)
    state.pos += 1 + len(name)
    return True


def _found(state: StateInline, *places: int) -> None:
    if isinstance(state, _State) and state.trial is not None:
        state.trial += [(place, None) for place in places]


def _emphasis(state: StateInline, silent: bool) -> bool:
    start = state.pos
    if not emphasis.tokenize(state, silent):
        return False
    _perhaps(state, start)
    return True


def _strikethrough(state: StateInline, silent: bool) -> bool:
    start = state.pos
    if not strikethrough.tokenize(state, silent):
        return False
    _perhaps(state, start)
    return True


def _perhaps(state: StateInline, start: int) -> None:
    """Each sign's token tells in the end whether it formats."""
    if not isinstance(state, _State) or state.trial is None:
        return
    at = state.pos
    for token in reversed(state.tokens):
        if at <= start:
            break
        size = len(token.content)
        state.trial += [(at - back, token) for back in range(1, size + 1)]
        at -= size


def _code(state: StateInline, silent: bool) -> bool:
    start, count = state.pos, len(state.tokens)
    pending = state.pending
    if not backtick(state, silent):
        return False
    if not silent and len(state.tokens) > count and state.tokens[-1].type == "code_inline":
        token = state.tokens[-1]
        if has_ink(token.content):
            size = len(token.markup)
            _found(state, *range(start, start + size), *range(state.pos - size, state.pos))
        else:
            _undo(state, count, pending)
            state.append_pending(state.src[start : state.pos])
    return True


def _link(state: StateInline, silent: bool) -> bool:
    start, count, metas = state.pos, len(state.tokens), len(state.tokens_meta)
    pending, delimiters = state.pending, len(state.delimiters)
    if not link(state, silent):
        return False
    if silent:
        return True
    opening = next(token for token in state.tokens[count:] if token.type == "link_open")
    words = "".join(token.content for token in state.tokens[count:])[len(pending) :]
    # A title would be seen by nobody on a phone.
    if "title" in opening.attrs or not has_ink(words):
        _undo(state, count, pending)
        del state.tokens_meta[metas:], state.delimiters[delimiters:]
        state.append_pending("[")
        state.pos = start + 1
        return True
    if isinstance(state, _State) and state.trial is not None:
        closing = state.md.helpers.parseLinkLabel(state, start, True)
        _found(state, start, closing, closing + 1, state.pos - 1)
    return True


def _undo(state: StateInline, count: int, pending: str) -> None:
    del state.tokens[count:]
    state.pending = pending


def _with_ink(tokens: Sequence[Token]) -> list[Token]:
    """Signs of emphasis around nothing that can be seen are text."""
    made = list(tokens)
    opened: list[int] = []
    inked: list[bool] = []
    for at, token in enumerate(made):
        if token.nesting == 1:
            opened.append(at)
            inked.append(False)
        elif token.nesting == -1:
            begin, ink = opened.pop(), inked.pop()
            if not ink and token.type != "link_close":
                made[begin], made[at] = _signs(made[begin]), _signs(token)
                ink = True
            if inked:
                inked[-1] = inked[-1] or ink
        elif inked and not inked[-1]:
            inked[-1] = has_ink(token.content)
    return made


def _signs(token: Token) -> Token:
    return Token("text", "", 0, content=token.markup, level=token.level)


def use_inline(markdown: MarkdownIt) -> None:
    """Give a parser these rules and no others."""
    markdown.inline = _Inline()
    ruler = markdown.inline.ruler
    ruler.before("escape", "address", _address)
    ruler.at("escape", _escape)
    ruler.at("backticks", _code)
    ruler.at("strikethrough", _strikethrough)
    ruler.at("emphasis", _emphasis)
    ruler.at("link", _link)
    ruler.before("emphasis", "mention", _mention)
    ruler.enableOnly(
        [
            *("text", "newline", "address", "escape", "backticks", "strikethrough", "mention"),
            *("emphasis", "link"),
        ]
    )
    markdown.inline.ruler2.enableOnly(
        ["balance_pairs", "strikethrough", "emphasis", "fragments_join"]
    )
