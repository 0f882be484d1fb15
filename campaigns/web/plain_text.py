"""People's Markdown as plain text that reads well in a mail."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from markdown_it.token import Token

from campaigns.web.text import MARKDOWN, SCHEMES

QUOTE = "> "
BULLET = "- "
ENDS = frozenset(
    {"paragraph_close", "heading_close", "blockquote_close", "fence", "code_block", "hr"}
)
# Of blocks after which an empty line comes, unless they stand in an item of a tight list.


@lru_cache(maxsize=256)
def markdown_as_text(text: str) -> str:
    """Return Markdown as plain text, without marks of emphasis, links with their address.

    Lists keep their dashes and numbers, quotes their "> ", code its spaces. What is struck through
    keeps its "~~": without it the text would say the contrary.
    """
    return "\n".join(_lines(MARKDOWN.parse(text)))


def _lines(tokens: Sequence[Token]) -> Iterator[str]:
    margins: list[str] = []
    # What stands before each line: the marks of the quotes and list items around it.
    numbers: list[int | None] = []
    # Of the next item in each list around it; None in one with dashes.
    gap = False
    for token in tokens:
        if gap and token.nesting >= 0 and not token.hidden and token.type != "inline":
            yield "".join(margins).rstrip()
            gap = False
        match token.type:
            case "blockquote_open":
                margins.append(QUOTE)
            case "bullet_list_open":
                numbers.append(None)
            case "ordered_list_open":
                numbers.append(int(token.attrs.get("start", 1)))
            case "list_item_open":
                margins.append(_mark_of_next(numbers))
            case "blockquote_close" | "list_item_close":
                margins.pop()
            case "bullet_list_close" | "ordered_list_close":
                numbers.pop()
        for line in _content(token):
            yield ("".join(margins) + line).rstrip()
            # The mark of an item stands before its first line only.
            margins = [it if it == QUOTE else " " * len(it) for it in margins]
        gap = gap or _ends_a_block(token, numbers)


def _mark_of_next(numbers: list[int | None]) -> str:
    number = numbers[-1]
    if number is None:
        return BULLET
    numbers[-1] = number + 1
    return f"{number}. "


def _ends_a_block(token: Token, numbers: Sequence[int | None]) -> bool:
    if token.type in ("bullet_list_close", "ordered_list_close"):
        return not numbers
    return token.type in ENDS and not token.hidden


def _content(token: Token) -> Sequence[str]:
    match token.type:
        case "inline":
            return _words(token.children or ()).split("\n")
        case "fence" | "code_block":
            return token.content.rstrip("\n").split("\n")
        case "hr":
            return ("---",)
    return ()


def _words(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    href, begin = "", 0
    for token in tokens:
        match token.type:
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case "s_open" | "s_close":
                parts.append("~~")
            case "link_open":
                href, begin = _address(token), len(parts)
            case "link_close":
                words = "".join(parts[begin:])
                parts[begin:] = [_link(words, href)]
            case _:
                # Also what stands for a picture; marks of emphasis have no content.
                parts.append(token.content)
    return "".join(parts)


def _address(link: Token) -> str:
    """Return where a link leads; nothing where its text says so, or where no mail leads."""
    href = str(link.attrs["href"])
    leads_out = href.partition(":")[0].lower() in SCHEMES
    return href if leads_out and link.info != "auto" else ""


def _link(words: str, href: str) -> str:
    if not href or words in (href, href.removeprefix("mailto:")):
        return words
    return f"{words} <{href}>" if words.strip() else href
