"""What organisers write to subscribers: texts, when they go, and to whom a test."""

from typing import ClassVar
from uuid import uuid4

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, Optional, Regexp

from campaigns.cases.fields import moment_field
from campaigns.cases.names import NameFinder
from campaigns.dashboard.forms import no_hidden_name
from campaigns.dashboard.together import EditForm, Hints
from campaigns.updates.forms import TEXT_LENGTH, TITLE_LENGTH, living_numbers
from campaigns.web.fields import AtMost, choices_of, mail_field, plain_line, plain_text, strip

NOW, LATER = "now", "later"


def title_field(*more: object) -> StringField:
    """The subject of a mail."""
    return StringField(
        _l("Subject"),
        [
            *more,
            AtMost(TITLE_LENGTH, _l("Shorten the subject to 150 characters or fewer.")),
            plain_line,
            no_hidden_name,
            living_numbers,
        ],
        filters=[strip],
    )


def text_field(*more: object) -> TextAreaField:
    """What a mail says."""
    return TextAreaField(
        _l("Text"),
        [
            *more,
            AtMost(TEXT_LENGTH, _l("This text is too long for a mail.")),
            plain_text,
            no_hidden_name,
            living_numbers,
        ],
        filters=[strip],
    )


class NewsForm(EditForm):
    """An update in the language its campaign is written in."""

    HINTS: ClassVar[Hints] = {
        "text": _l(
            "Markdown. {days}, {signatures} and {next_hearing} become what they are on the day it"
            " is read: a number, a number, and day and hour."
        )
    }
    hidden_names = NameFinder(())
    token = HiddenField(
        validators=[InputRequired(), Regexp(r"\A[0-9a-f]{32}\Z")], default=lambda: uuid4().hex
    )
    # The same form sent twice makes one update.
    title = title_field(DataRequired(_l("Say in one line what is new.")))
    text = text_field(DataRequired(_l("Write what subscribers should read.")))


class TranslatedNewsForm(EditForm):
    """An update in another language: both or neither."""

    HINTS: ClassVar[Hints] = {
        "title": _l("Left empty, with the text, it is told in the language it was written in."),
        **NewsForm.HINTS,
    }
    hidden_names = NameFinder(())
    title = title_field(Optional())
    text = text_field(Optional())

    def validate(self, extra_validators: object = None) -> bool:
        """Refuse half a translation."""
        whole = super().validate(extra_validators)
        for field, other in ((self.title, self.text), (self.text, self.title)):
            if whole and other.data and not field.data:
                field.errors = [_("Translate subject and text, or neither.")]
                return False
        return bool(whole)


class SendForm(FlaskForm):
    """When an update goes out."""

    when = RadioField(
        _l("When"),
        [AnyOf((NOW, LATER), _l("Choose when."))],
        choices=choices_of({NOW: _l("Now, with ten minutes to think"), LATER: _l("At a time:")}),
        default=NOW,
        validate_choice=False,
    )
    at = moment_field(_l("Day and time"))

    def validate(self, extra_validators: object = None) -> bool:
        """Ask for a time where one is to be kept."""
        sound = super().validate(extra_validators)
        if sound and self.when.data == LATER and not self.at.data:
            self.at.errors = [_("Give a day and a time.")]
            return False
        return bool(sound)


class TestForm(FlaskForm):
    """An address to try an update with."""

    email = mail_field(_l("Enter the address the test goes to."))
    language = SelectField(_l("Language"))
