"""Quick post: what an organiser can enter in twenty seconds, and telling subscribers."""

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit
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
from campaigns.cases.models import Campaign
from campaigns.cases.names import NameFinder
from campaigns.cases.vocabulary import KINDS_OF, EventGroup, EventKind, SourceKind
from campaigns.cases.wording import LABELS, label
from campaigns.updates.forms import TEXT_LENGTH, living_numbers
from campaigns.web.fields import AtMost, choices_of, plain_line, plain_text, strip

SUMMARY_LENGTH = 200
ADDRESS_LENGTH = 2000
OFTEN = (
    EventKind.BAIL_GRANTED,
    EventKind.RELEASED_ON_BAIL,
    EventKind.RELEASED,
    EventKind.ARRESTED,
    EventKind.BAIL_DENIED,
    EventKind.REMANDED_JUDICIAL,
    EventKind.CONVICTED,
    EventKind.PROTEST,
)
# What a lawyer calls about at night, wherever the campaign; its own habits come first.
MOST_OFTEN = 8


def no_hidden_name(form: FlaskForm, field: StringField) -> None:
    """A text for everybody: without the name of somebody whose name is not public."""
    if form.hidden_names.stands_in(field.data or ""):
        raise ValidationError(_("Somebody is named here whose name is not public: take it out."))


def web_address(form: FlaskForm, field: StringField) -> None:
    """An absolute http or https address without credentials, by its shape alone."""
    address = field.data or ""
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or re.search(r"[\s\\<>\"]", address) or "@" in parts.netloc:
        raise ValidationError(_("Paste the whole address, from https:// on."))
    plain_line(form, field)


def no_hidden_name_in_address(form: FlaskForm, field: StringField) -> None:
    """An address everybody may read: without the name of somebody whose name is not public."""
    if form.hidden_names.stands_in_address(field.data or ""):
        raise ValidationError(
            _("Somebody is named in this address whose name is not public: leave it out.")
        )


def source_address() -> StringField:
    """Return a field for the address of a report, which everybody may read; or nothing."""
    return StringField(
        _l("Source"),
        [
            Optional(),
            AtMost(ADDRESS_LENGTH, _l("This address is too long.")),
            web_address,
            no_hidden_name,
            no_hidden_name_in_address,
        ],
        filters=[strip],
    )


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
        choices=[],
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
    link = source_address()
    # An article to be, by its address.
    source = SelectField(_l("Or an article you have"), [Optional()])
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
            living_numbers,
        ],
        filters=[strip],
    )

    def renew_token(self) -> None:
        """Let what is shown again make an entry of its own."""
        self.token.data = uuid4().hex

    def validate_source(self, field: SelectField) -> None:
        """Refuse two sources: an entry begins with one, more are added to it later."""
        if field.data and self.link.data:
            raise ValidationError(_("Choose one source for now: this article, or the address."))

    @property
    def more_is_needed(self) -> bool:
        """Whether what is folded away holds something, or something wrong."""
        folded = (self.source, self.detainees, self.tell, self.text)
        return any(it.data or it.errors for it in folded)

    def offer(self, campaign: Campaign) -> None:
        """Offer a campaign's own detainees, by the names organisers know, and its articles."""
        self.source.choices = choices_of(
            {"": _l("None yet")}
            | {str(it.id): f"{it.outlet}: {it.title}" for it in reversed(campaign.articles)}
        )
        self.detainees.choices = [
            SelectChoice(it.id, it.name_romanised or it.name) for it in campaign.detainees
        ]
        used = Counter(event.kind for event in campaign.events)
        self.kind.choices = _kinds([kind for kind, _times in used.most_common(MOST_OFTEN // 2)])


def _kinds(used: Sequence[EventKind]) -> list[SelectChoice]:
    """Offer the kinds of entries in their groups, those used most often before all others."""
    # The date and time of a hearing, court and outcome need a form of their own.
    kinds = {group: of for group, of in KINDS_OF.items() if group != EventGroup.HEARING}
    habits = [kind for kind in used if kind != EventKind.HEARING]
    often = list(dict.fromkeys((*habits, *OFTEN)))[:MOST_OFTEN]
    groups = [(_l("Most often"), often)] + [
        (label(group), [kind for kind in of if kind not in often]) for group, of in kinds.items()
    ]
    return [SelectChoice("", "–")] + [
        choice
        for words, of in groups
        for choice in choices_of({kind: label(kind) for kind in of}, words)
    ]


class StillTrueForm(FlaskForm):
    """That a status is still true, and, only if an organiser wants it told, who says so."""

    source_kind = SelectField(
        _l("Who says so"),
        [Optional()],
        choices=choices_of({"": _l("Do not tell"), **LABELS[SourceKind]}),
    )


class ForGoodForm(FlaskForm):
    """What nothing takes back: the campaign is named by hand."""

    expected = ""
    # The slug of the campaign the page is about.
    slug = StringField(_l("The campaign's short name"), filters=[strip])

    def validate_slug(self, field: StringField) -> None:
        """Refuse what could be a slip."""
        if field.data != self.expected:
            raise ValidationError(_("Type the campaign's short name exactly as it is given."))
