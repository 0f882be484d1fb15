"""Rules of templates: nothing inline, nothing untranslated, nothing unused."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment, meta, nodes

from tests.architecture.source import PACKAGE, STATIC, TEMPLATES, modules, pages, string_constants
from tests.architecture.source import templates as template_names

JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
# An element whose name is chosen by the caller, such as a heading of some level.
TAG_BY_NAME = re.compile(r"(</?)\{\{.*?\}\}")
TRANSLATED = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", re.DOTALL)
LETTERS = re.compile(r"[^\W\d_]{2,}")
# Names of style classes such as entry--held or spot-{{ colour }}, put together from parts.
CLASSES = re.compile(r"\S+(?:--|__)\S+|\b[a-z]+-(?=\s|$)")
SHOWN_ATTRIBUTES = frozenset({"alt", "aria-label", "placeholder", "title"})
# What is the same in every language.
SAME_EVERYWHERE = frozenset(
    {"GET", "POST", "JSON", "CSV", "Atom", "Telegram", "Signal", "WhatsApp"}
)
GETTEXT = frozenset({"_", "gettext", "ngettext"})


@pytest.fixture
def environment(app: Flask) -> Environment:
    """The application's own Jinja, with its filters and globals."""
    return app.jinja_env


@pytest.mark.database("sqlite")  # nothing is read from it
def test_every_template_compiles(environment: Environment) -> None:
    names = template_names()
    assert names
    for name in names:
        environment.get_template(name)


def test_every_template_is_used() -> None:
    unused = sorted(set(template_names()) - set(_referred_to()))
    assert not unused


def test_every_name_a_template_imports_is_used() -> None:
    unused = []
    for name in template_names():
        tree = _parse(name)
        used = {node.name for node in tree.find_all(nodes.Name)}
        for imported in tree.find_all(nodes.FromImport):
            for item in imported.names:
                alias = item[1] if isinstance(item, tuple) else item
                if alias not in used:
                    unused.append(f"{name}: {alias}")
    assert not unused


def test_a_component_and_its_style_sheet_and_its_macro_have_one_name() -> None:
    without = []
    for name in pages():
        component = Path(name).stem
        if name.startswith("components/") and (STATIC / "css" / f"{component}.css").exists():
            macros = {macro.name for macro in _parse(name).find_all(nodes.Macro)}
            if component not in macros:
                without.append(name)
    assert not without


def test_nothing_is_inline() -> None:
    found = []
    for name in pages():
        reader = Reader(_source(name))
        found += [f"{name}: {problem}" for problem in reader.inline]
    assert not found


def test_every_text_goes_through_gettext() -> None:
    found = []
    for name in template_names():
        if name.endswith(".css"):
            continue
        source = TRANSLATED.sub("", _source(name))
        texts = Reader(source).texts if name.endswith(".html") else [JINJA.sub(" ", source)]
        for text in texts:
            words = set(LETTERS.findall(CLASSES.sub(" ", text))) - SAME_EVERYWHERE
            found += [f"{name}: {word}" for word in sorted(words)]
    assert not found


def test_what_is_translated_is_a_plain_string() -> None:
    found = []
    for name in template_names():
        for call in _parse(name).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in GETTEXT:
                texts = call.args[: 2 if call.node.name == "ngettext" else 1]
                if not all(isinstance(text, nodes.Const) for text in texts):
                    found.append(f"{name}:{call.lineno}")
    assert not found


class Reader(HTMLParser):
    """Reads a template as HTML, with everything of Jinja left blank."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.inline: list[str] = []
        self._tag = ""
        self.feed(JINJA.sub(" ", TAG_BY_NAME.sub(r"\1x", source)))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self.texts += [value or "" for name, value in attrs if name in SHOWN_ATTRIBUTES]
        if tag == "style":
            self.inline.append("a style element")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}=")
            if (value or "").lower().startswith("javascript:"):
                self.inline.append(f"{tag} {name}=javascript:")

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""

    def handle_data(self, data: str) -> None:
        if self._tag == "script":
            if data.strip():
                self.inline.append("a script")
        elif self._tag != "style":
            self.texts.append(data)


def _source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _parse(name: str) -> nodes.Template:
    return Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(_source(name))


def _referred_to() -> Iterator[str]:
    for name in template_names():
        yield from (found for found in meta.find_referenced_templates(_parse(name)) if found)
    constants = {text for module in modules(PACKAGE) for text in string_constants(module)}
    for name in template_names():
        # A mail is a folder of three; code names the folder.
        folder = Path(name).parent.as_posix()
        if name in constants or {folder, folder.removeprefix("mail/")} & constants:
            yield name
