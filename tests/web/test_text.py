"""People's Markdown becomes HTML in which nothing runs and nothing loads."""

import pytest

from campaigns.web.text import render_markdown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**Free** them", "<p><strong>Free</strong> them</p>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("# A title", "<h3>A title</h3>"),
        ("~~no~~", "<p><s>no</s></p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("", ""),
        (None, ""),
    ],
)
def test_markdown_is_shown_as_it_is_meant(text: str | None, html: str) -> None:
    assert render_markdown(text).strip() == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![a picture](https://tracker.example/pixel.png)",
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt:alert(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        "[click](vbscript:x)",
        '<a href="x" onclick="alert(1)">x</a>',
        "<style>body { display: none }</style>",
        "<iframe src=//evil.example></iframe>",
        "<svg onload=alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        "<javascript:alert(1)>",
    ],
)
def test_nothing_in_it_runs_or_loads(text: str) -> None:
    html = str(render_markdown(text)).lower()
    for tag in ("<script", "<img", "<style", "<iframe", "<svg"):
        assert tag not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert 'href="vbscript' not in html
    assert "<a onclick" not in html


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("[x](https://example.org/a)", 'href="https://example.org/a"'),
        ("https://example.org/a", 'href="https://example.org/a"'),
        ("[x](mailto:a@example.org)", 'href="mailto:a@example.org"'),
        ("[x](//evil.example/a)", ""),
        # Not what browsers take for two slashes, but a path of ours.
        ("[x](/\\evil.example)", 'href="/%5Cevil.example"'),
    ],
)
def test_links_lead_where_they_say(text: str, href: str) -> None:
    html = str(render_markdown(text))
    assert href in html
    assert ("href" in html) == bool(href)


def test_a_link_tells_the_other_site_nothing() -> None:
    assert 'rel="nofollow noopener noreferrer"' in render_markdown("[x](https://example.org)")
