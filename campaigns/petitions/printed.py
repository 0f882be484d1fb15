"""Opened signatures as one page to print and hand over: only names whose owners ticked that."""

from io import TextIOWrapper
from typing import IO

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import escape

from campaigns.petitions.exported import ExportedSignature, ExportHeader
from campaigns.petitions.opening import OpenDetails
from campaigns.web.text import render_markdown

# One file that needs no other; nothing in it can run or load.
HEAD = """<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ max-inline-size: 42rem; margin: 2rem auto; padding-inline: 1rem; font: 1rem/1.5 serif; }}
h1 {{ line-height: 1.2; }}
ol {{ columns: 2 16rem; padding-inline-start: 3.5rem; }}
li {{ break-inside: avoid; }}
</style>
</head>
<body>
<h1 lang="{locale}" dir="auto">{title}</h1>
<p>{addressed_to} <bdi>{addressee}</bdi></p>
<div lang="{locale}" dir="auto">{text}</div>
"""
END = "</body>\n</html>\n"


class PrintedPetition:
    """A printable page, written as signatures come."""

    def __init__(self, file: IO[bytes]) -> None:
        self._text = TextIOWrapper(file, encoding="utf-8", errors="replace", newline="\n")
        self._names_handed_over = False
        self._named = self._unnamed = 0

    def begin(self, header: ExportHeader) -> None:
        """Write what is demanded, and of whom."""
        self._names_handed_over = header.names_handed_over
        self._text.write(
            HEAD.format(
                title=escape(header.petition_title),
                locale=escape(header.locale.replace("_", "-")),
                addressed_to=escape(_("To:")),
                addressee=escape(header.addressee),
                text=render_markdown(header.text),
            )
        )

    def add(self, signature: ExportedSignature, open_details: OpenDetails) -> None:
        """Write a name that is for the addressee; others are counted, and not even opened.

        Raises as `open_details`.
        """
        if not (self._names_handed_over and signature.hand_over):
            self._unnamed += 1
            return
        name, _comment = open_details(signature)
        if not self._named:
            self._text.write(f"<h2>{escape(_('Signed by'))}</h2>\n<ol>\n")
        self._named += 1
        self._text.write(f"<li><bdi>{escape(name)}</bdi></li>\n")

    def end(self) -> None:
        """Write how many more signed, and hand all to the file, which stays open."""
        if self._named:
            self._text.write("</ol>\n")
        if self._unnamed:
            others = ngettext(
                "and %(num)s more, whose name is not on this list.",
                "and %(num)s more, whose names are not on this list.",
                self._unnamed,
            )
            nobody_else = ngettext(
                "%(num)s person signed, whose name is not on this list.",
                "%(num)s people signed, whose names are not on this list.",
                self._unnamed,
            )
            words = others if self._named else nobody_else
            self._text.write(f"<p>{escape(words)}</p>\n")
        self._text.write(END)
        self._text.detach()
