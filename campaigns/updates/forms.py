"""The form a subscriber asks for news with."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Form,
    RadioField,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.validators import AnyOf, Optional

from campaigns.updates.models import Frequency
from campaigns.updates.numbers import NAMES, unknown_names
from campaigns.web.fields import choices_of, mail_field

TITLE_LENGTH = 150
TEXT_LENGTH = 50_000
FREQUENCIES = {
    Frequency.IMMEDIATE: _l("At once"),
    Frequency.DAILY: _l("Once a day at most"),
    Frequency.WEEKLY: _l("Once a week at most"),
    Frequency.STATUS: _l("Only when somebody's status changes"),
}


PAUSES = {
    14: _l("For two weeks"),
    30: _l("For a month"),
    90: _l("For three months"),
}


def living_numbers(form: Form, field: StringField) -> None:
    """A text with names of numbers in braces: only of those there are."""
    if unknown := unknown_names(field.data or ""):
        raise ValidationError(
            _(
                "There is no number called %(unknown)s. There are %(known)s.",
                unknown=", ".join(f"{{{name}}}" for name in unknown),
                known=", ".join(f"{{{name}}}" for name in NAMES),
            )
        )


class PreferencesForm(Form):
    """How a subscriber is mailed."""

    frequency = RadioField(
        _l("How often"),
        [AnyOf(FREQUENCIES, _l("Choose how often we may write to you."))],
        choices=choices_of(FREQUENCIES),
        validate_choice=False,
    )
    language = SelectField(_l("Language"), [Optional()])
    plain_text = BooleanField(_l("Plain text only"))
    discreet = BooleanField(_l("Discreet: neither sender nor subject tells what it is about"))

    def offer(self, languages: Mapping[str, str]) -> None:
        """Offer the languages of this site; which one it is now only the worker can read."""
        self.language.choices = choices_of({"": _l("As it is now"), **languages})


class PauseForm(Form):
    """For how many days a subscriber wants no mail; 0 ends a pause."""

    days = SelectField(
        _l("No mail"), choices=choices_of(PAUSES), coerce=int, validate_choice=False, default=30
    )

    def validate_days(self, field: SelectField) -> None:
        """Refuse what the page does not offer."""
        if field.data not in (0, *PAUSES):
            raise ValidationError(_("Choose how long."))


class SubscribeForm(Form):
    """Shape of a subscription."""

    email = mail_field(_l("Enter your email address: we send the link that confirms."))
    frequency = RadioField(
        _l("How often"),
        [AnyOf(FREQUENCIES, _l("Choose how often we may write to you."))],
        choices=choices_of(FREQUENCIES),
        default=Frequency.IMMEDIATE,
        validate_choice=False,
    )
    website = StringField()
    # A honeypot: people do not see it, programs fill it in.
