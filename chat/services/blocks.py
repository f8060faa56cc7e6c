"""Which lines of a text are a quote, a list, code or a paragraph, as people in a chat mean them.

Built on markdown-it-py's rules. A quote and an item end at the first line without their sign:
what follows is somebody's own words. Nothing is drawn that would be empty. Called by `markdown`.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, fence, list_block, paragraph

from chat.text import has_ink

_QUOTE_LINE = re.compile(r"[ ]{0,3}>+(?: |$|\n)")
_ITEM = re.compile(r"[ ]{0,3}(?:[-+*]|1[.)]) +(.*)")
_ORDERED = re.compile(r"[ ]{0,3}1[.)] +(?!\d+[.)])")
_NUMBERED = re.compile(r"[ ]{0,3}\d{1,9}[.)](?: |$)")
_FENCE = re.compile(r"[ ]{0,3}(?:`{3,}[^`\n]*|~{3,}.*)$", re.MULTILINE)


def begins_block(line: str) -> bool:
    """Whether a line begins something else than a paragraph, by its first sign."""
    item = _ITEM.match(line)
    if item is not None and has_ink(item[1]):
        return _NUMBERED.match(line) is None or _ORDERED.match(line) is not None
    return _FENCE.match(line) is not None or (
        _QUOTE_LINE.match(line) is not None and has_ink(line.replace(">", ""))
    )


def use_blocks(markdown: MarkdownIt) -> None:
    """Give a parser these rules and no others."""
    ruler = markdown.block.ruler
    ruler.at("fence", _fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    ruler.at("blockquote", _quote, {"alt": ["paragraph", "reference", "list"]})
    ruler.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    ruler.at("paragraph", _paragraph)
    ruler.enableOnly(["fence", "blockquote", "list", "paragraph"])


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _quote(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """A quote's sign is followed by a space: >_< is a face."""
    last, ink = line, False
    while (
        last < end
        and (last == line or state.sCount[last] >= state.blkIndent)
        and _QUOTE_LINE.match(state.src, state.bMarks[last] + state.tShift[last])
    ):
        ink = ink or has_ink(_line(state, last).replace(">", ""))
        last += 1
        if silent and ink:
            return True
    if not ink:
        return False
    lines, state.lineMax = state.lineMax, last
    try:
        return blockquote(state, line, last, silent)
    finally:
        state.lineMax = lines


def _list(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """An ordered list starts with 1 and text: a date such as 2026. 11. 24. does not."""
    start = state.bMarks[line] + state.tShift[line]
    next_item = silent and state.listIndent >= 0 and state.sCount[line] < state.blkIndent
    if not next_item:
        item = _ITEM.match(_line(state, line))
        if item is None or not has_ink(item[1]):
            return False
        if _NUMBERED.match(state.src, start) and _ORDERED.match(state.src, start) is None:
            return False
    return list_block(state, line, end, silent)


def _fence(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    before = state.line
    if not fence(state, line, end, silent):
        return False
    if silent or has_ink(state.tokens[-1].content) or has_ink(state.tokens[-1].info):
        return True
    state.tokens.pop()
    state.line = before
    return False


def _paragraph(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """A line that is not moved in below an item's sign is no longer the item's."""
    lines, last = state.lineMax, line + 1
    if state.blkIndent > 0:
        while last < lines and not state.isEmpty(last) and state.sCount[last] > state.listIndent:
            last += 1
        state.lineMax = last
    try:
        return paragraph(state, line, end, silent)
    finally:
        state.lineMax = lines
