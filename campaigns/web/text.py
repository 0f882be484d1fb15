"""People's Markdown as safe HTML."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

TAGS = {
    "p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr",
    "h3", "h4", "h5", "h6", "s",
}  # fmt: skip
# A page has one h1 and its sections h2: headings in texts begin below them.
HEADINGS = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h6", "h6": "h6"}

# Where links may lead.
SCHEMES = frozenset({"http", "https", "mailto"})

MARKDOWN = MarkdownIt("commonmark", {"linkify": True, "html": False}).enable(
    ["linkify", "strikethrough"]
)


@lru_cache(maxsize=2048)
def render_markdown(text: str | None) -> Markup:
    """Return Markdown as HTML in which nothing runs or loads; links lead to http or mail only."""
    if not text:
        return Markup()
    tokens = MARKDOWN.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = HEADINGS[token.tag]
    html = str(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}))
    return Markup(  # noqa: S704 — cleaned by nh3
        nh3.clean(
            html,
            tags=TAGS,
            attributes={"a": {"href"}},
            attribute_filter=_keep_attribute,
            url_schemes=set(SCHEMES),
            link_rel="nofollow noopener noreferrer",
        )
    )


def _keep_attribute(_tag: str, _name: str, value: str) -> str | None:
    # "//host" would inherit our scheme and look like a path of ours.
    return None if value.startswith(("//", "\\", "/\\")) else value
