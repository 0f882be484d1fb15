"""Draws the pictures that stand beside shared links, one a colour: `python -m tests.pictures`.

Tally marks on paper, as on the pages, without a word: they are the same in every language.
"""

import re
from pathlib import Path

from playwright.sync_api import sync_playwright

from campaigns.cases.vocabulary import Colour
from tests.fixtures.chromium import find_chromium

PROJECT = Path(__file__).parents[2]
PICTURES = PROJECT / "static" / "images"
# What the sites that show such pictures ask for.
WIDTH, HEIGHT = 1200, 630
PAPER, INK = "#f6f1e6", "#17130e"
GROUPS, ROWS = 7, 3
# Five strokes, each group a little different, as a hand would draw them.
STROKES = "m12 8l-2 70m18-72l1 72m17-70v70m17-72l-2 72m-55-14l66-42"


def main() -> None:
    """Draw every picture anew."""
    tokens = (PROJECT / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
    chromium = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for colour in Colour:
            found = re.search(rf"--{colour.value}: (#[0-9a-f]{{6}});", tokens)
            if found is None:
                raise SystemExit(f"tokens.css has no colour {colour.value}.")
            page.set_content(f"<body style='margin:0'>{_picture(found[1])}</body>")
            page.screenshot(path=PICTURES / f"share-{colour.value}.png")
        browser.close()


def _picture(spot: str) -> str:
    rows = []
    for row in range(ROWS):
        for group in range(GROUPS):
            last = row == ROWS - 1 and group == GROUPS - 1
            turned = (group * 5 + row * 3) % 7 - 3
            rows.append(
                f"<path d='M0 0{STROKES}' stroke='{spot if last else INK}'"
                f" transform='translate({78 + group * 153} {196 + row * 134})"
                f" scale(1.25) rotate({turned} 35 40)'/>"
            )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{HEIGHT}'"
        " shape-rendering='geometricPrecision'>"
        f"<path fill='{PAPER}' d='M0 0h{WIDTH}v{HEIGHT}H0z'/>"
        f"<path fill='{spot}' d='M0 0h{WIDTH}v120H0z'/>"
        f"<g fill='none' stroke-width='7' stroke-linecap='round'>{''.join(rows)}</g></svg>"
    )


if __name__ == "__main__":
    main()
