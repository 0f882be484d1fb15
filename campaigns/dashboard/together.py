"""Two who edit the same thing at once: nothing is overwritten that its editor has not seen."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple
from uuid import uuid4

from flask_babel import LazyString
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectField, StringField

Hints = Mapping[str, LazyString]


class Difference(NamedTuple):
    """What one field holds now that somebody else saved, beside what was to replace it."""

    label: str
    theirs: str


class EditForm(FlaskForm):
    """A form that carries what it was opened on."""

    seen = HiddenField()
    token = HiddenField(default=lambda: uuid4().hex)
    # By which the browser that sent it hears that it has arrived.
    ASIDE = frozenset({"csrf_token", "seen", "token", "as_new_version"})
    # Fields that are no part of what is edited.
    HINTS: ClassVar[Hints] = {}

    def content(self) -> dict[str, Any]:
        """Return what was typed, by the names of the fields."""
        return {it.short_name: _typed(it) for it in self if it.short_name not in self.ASIDE}

    def open_on(self, content: Mapping[str, Any]) -> None:
        """Note what its editor sees."""
        self.seen.data = fingerprint(content)

    def knows(self, content: Mapping[str, Any]) -> bool:
        """Whether its editor has seen what it would overwrite."""
        return bool(self.seen.data == fingerprint(content))

    def differences(self, theirs: Mapping[str, Any]) -> list[Difference]:
        """Return what somebody else has in fields that differ, in words."""
        return [
            Difference(str(field.label.text), _in_words(field, theirs[field.short_name]))
            for field in self
            if field.short_name in theirs and theirs[field.short_name] != _typed(field)
        ]


def fingerprint(content: Mapping[str, Any]) -> str:
    """Return a text that differs whenever the content does."""
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that change."""
    return [name for name, value in after.items() if before.get(name) != value]


def _typed(field: Field) -> Any:
    text = isinstance(field, StringField | SelectField)
    return "" if text and field.data is None else field.data


def _in_words(field: Field, value: Any) -> str:
    choices = field.iter_choices() if hasattr(field, "iter_choices") else ()
    labels = {str(it.value): str(it.label) for it in choices}
    return labels.get(str(value), "" if value is None else str(value))
