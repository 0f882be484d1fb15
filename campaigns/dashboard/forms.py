"""Quick post: what an organiser can enter in twenty seconds, and telling subscribers."""

from collections.abc import Sequence
from uuid import uuid4

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from campaigns.cases.fields import TypedDateField
from campaigns.cases.models import Article, Detainee
from campaigns.cases.names import NameFinder
from campaigns.cases.vocabulary import KINDS_OF, EventGroup
from campaigns.cases.wording import label
from campaigns.updates.forms import TEXT_LENGTH, TITLE_LENGTH
from campaigns.web.fields import AtMost, choices_of, plain_line, plain_text, strip

SUMMARY_LENGTH = 200


def no_hidden_name(form: FlaskForm, field: StringField) -> None:
    """A text for everybody: without the name of somebody whose name is not public."""
    if form.hidden_names.stands_in(field.data or ""):
        raise ValidationError(_("Somebody is named here whose name is not public: take it out."))


class QuickPostForm(FlaskForm):
    """An entry of the timeline: kind, date, one line, source."""

    hidden_names = NameFinder(())
    # Those that must not stand in what everybody may read.
    token = HiddenField(
        validators=[InputRequired(), Regexp(r"\A[0-9a-f]{32}\Z")], default=lambda: uuid4().hex
    )
    # The same form sent twice makes one entry.
    kind = SelectField(
        _l("What happened"),
        [InputRequired(_l("Choose what happened."))],
        choices=[
            SelectChoice("", "–"),
            *(
                choice
                for group, kinds in KINDS_OF.items()
                # Its date and time, court and outcome need a form of their own.
                if group != EventGroup.HEARING
                for choice in choices_of({kind: label(kind) for kind in kinds}, label(group))
            ),
        ],
    )
    date = TypedDateField(_l("When"), filters=[strip])
    summary = StringField(
        _l("In one line"),
        [
            DataRequired(_l("Say in one line what happened.")),
            AtMost(SUMMARY_LENGTH, _l("Shorten the line to 200 characters or fewer.")),
            plain_line,
            no_hidden_name,
        ],
        filters=[strip],
    )
    source = SelectField(_l("Source"), [Optional()])
    detainees = SelectMultipleField(
        _l("Whom it concerns"),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        coerce=int,
    )
    tell = BooleanField(_l("Also tell subscribers"))
    text = TextAreaField(
        _l("What to tell them (optional)"),
        [
            Optional(),
            AtMost(TEXT_LENGTH, _l("This text is too long for a mail.")),
            plain_text,
            no_hidden_name,
        ],
        filters=[strip],
    )

    def renew_token(self) -> None:
        """Let what is shown again make an entry of its own."""
        self.token.data = uuid4().hex

    def offer(self, detainees: Sequence[Detainee], articles: Sequence[Article]) -> None:
        """Offer a campaign's own detainees, by the names organisers know, and its articles."""
        self.source.choices = choices_of(
            {"": _l("None yet")} | {str(it.id): f"{it.outlet}: {it.title}" for it in articles}
        )
        self.detainees.choices = [
            SelectChoice(it.id, it.name_romanised or it.name) for it in detainees
        ]


class HighRiskForm(FlaskForm):
    """A switch that nothing takes back: the campaign is named by hand."""

    expected = ""
    # The slug of the campaign the page is about.
    slug = StringField(_l("The campaign's short name"), filters=[strip])

    def validate_slug(self, field: StringField) -> None:
        """Refuse what could be a slip."""
        if field.data != self.expected:
            raise ValidationError(_("Type the campaign's short name exactly as it is given."))


class UpdateForm(FlaskForm):
    """News to mail without an entry of the timeline."""

    hidden_names = NameFinder(())
    token = HiddenField(
        validators=[InputRequired(), Regexp(r"\A[0-9a-f]{32}\Z")], default=lambda: uuid4().hex
    )
    title = StringField(
        _l("Subject"),
        [
            DataRequired(_l("Say in one line what is new.")),
            AtMost(TITLE_LENGTH, _l("Shorten the subject to 150 characters or fewer.")),
            plain_line,
            no_hidden_name,
        ],
        filters=[strip],
    )
    text = TextAreaField(
        _l("Text"),
        [
            DataRequired(_l("Write what subscribers should read.")),
            AtMost(TEXT_LENGTH, _l("This text is too long for a mail.")),
            plain_text,
            no_hidden_name,
        ],
        filters=[strip],
    )
