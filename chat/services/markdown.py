"""Markdown as a chat means it: markdown-it-py with the rules that people's habits need.

`>_<`, `3*4*5`, `하이~~방가~~` and `2026. 11. 24.` are text; emphasis holds beside Korean; names
after an `@` are found first. Called by `formatting`.
"""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from chat.services.blocks import use_blocks
from chat.services.destinations import may_be_followed, poses
from chat.services.inline import use_inline

MAX_SIGNS = 250
"""Signs of formatting that are read; those in code do not count."""
MAX_NESTING = 12
"""Levels of quotes and items (an item is two); deeper text is shown as it is."""

MENTION = '<span class="mention" data-person="'
"""How a mention begins in what is made of a text."""
SIGNS = re.compile(r"[*_~`\[>]")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,20}")


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
            signs += len(SIGNS.findall(token.content)) + token.content.count("\\")
    if signs > MAX_SIGNS:
        raise TooMuch


def _judged(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline":
            _judge(block)


def _judge(block: Token) -> None:
    """Words of a link that look like another address give way to the one it leads to."""
    made: list[Token] = []
    children = block.children or []
    opened = 0
    for at, token in enumerate(children):
        made.append(token)
        if token.type == "link_open":
            opened = len(made)
        elif token.type == "link_close":
            words = "".join(one.content for one in made[opened:-1])
            address = str(made[opened - 1].attrs["href"])
            before = made[opened - 2].content if opened > 1 else ""
            after = children[at + 1].content if at + 1 < len(children) else ""
            if poses(words, address, before, after):
                shown = Token("text", "", 0, content=address, level=token.level + 1)
                made[opened:-1] = [shown]
    block.children = made


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
        return may_be_followed(url)

    def normalizeLink(self, url: str) -> str:
        return f"https://{url}" if url[:4].lower() == "www." else url

    def normalizeLinkText(self, link: str) -> str:
        return link


def _markdown() -> MarkdownIt:
    markdown = _Chat(
        "zero",
        {"html": False, "breaks": True, "maxNesting": MAX_NESTING + 4},
        renderer_cls=_Renderer,
    )
    use_blocks(markdown)
    use_inline(markdown)
    markdown.core.ruler.before("inline", "bounded", _bounded)
    markdown.core.ruler.push("judged", _judged)
    markdown.core.ruler.enable(["normalize", "block", "bounded", "inline", "judged"])
    return markdown


MARKDOWN = _markdown()
