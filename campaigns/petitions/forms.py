"""The form a supporter signs with."""

from functools import lru_cache
from typing import Any

import pycountry
from babel import Locale
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Form,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, Optional

from campaigns.web.fields import (
    AtMost,
    choices_of,
    mail_field,
    person_name,
    plain_line,
    plain_text,
    strip,
)

NAME_LENGTH = 120
COMMENT_LENGTH = 500
REASON_LENGTH = 200
COUNTRIES = frozenset(item.alpha_2 for item in pycountry.countries)


class CountryField(SelectField):
    """Countries by their names in the language of display, looked up only when they are shown."""

    def iter_choices(self) -> Any:
        """Yield what the field offers."""
        self.choices = country_choices(str(get_locale() or "en"))
        return super().iter_choices()


class SignForm(Form):
    """Shape of a signature; `petitions.operations` decides what becomes of it."""

    name = StringField(
        _l("Full name"),
        [
            InputRequired(_l("Enter your full name.")),
            AtMost(NAME_LENGTH, _l("Shorten your name to 120 characters or fewer.")),
            person_name,
        ],
        filters=[strip],
    )
    email = mail_field(_l("Enter your email address: we send the link that confirms."))
    country = CountryField(
        _l("Country (optional)"),
        [Optional(), AnyOf(COUNTRIES, _l("Choose a country from the list, or none."))],
        validate_choice=False,
    )
    public = BooleanField(_l("Show my name on this page"))
    hand_over = BooleanField()
    updates = BooleanField(_l("Email me news of this case. One click ends it."))
    comment = TextAreaField(
        _l("Comment (optional)"),
        [
            Optional(),
            AtMost(COMMENT_LENGTH, _l("Shorten your comment to 500 characters or fewer.")),
            plain_text,
        ],
        filters=[strip],
    )
    website = StringField()
    # A honeypot: people do not see it, programs fill it in.


class AddressForm(Form):
    """An address: to be mailed the links to what it has signed, or to have a signature from now."""

    email = mail_field(_l("Enter your email address."))
    website = StringField()
    # A honeypot, as in `SignForm`.


class ChangeForm(Form):
    """What a signer changes of a signature; a name and comment that are left empty stay."""

    public = BooleanField(_l("Show my name on this page"))
    hand_over = BooleanField()
    updates = BooleanField(_l("Email me news of this case. One click ends it."))
    name = StringField(
        _l("Full name"),
        [
            Optional(),
            AtMost(NAME_LENGTH, _l("Shorten your name to 120 characters or fewer.")),
            person_name,
        ],
        filters=[strip],
    )
    comment = TextAreaField(
        _l("Comment (optional)"),
        [
            Optional(),
            AtMost(COMMENT_LENGTH, _l("Shorten your comment to 500 characters or fewer.")),
            plain_text,
        ],
        filters=[strip],
    )

    def validate(self, *, shown: bool) -> bool:
        """Check the shape; `shown` says whether the name is shown already."""
        valid: bool = super().validate()
        if self.name.data or self.name.errors:
            return valid
        if self.public.data and not shown:
            self.name.errors = [
                _("Type your name: it is sealed, so that this server cannot look it up to show it.")
            ]
        elif self.comment.data:
            self.name.errors = [_("Type your name too: name and comment are sealed together.")]
        return valid and not self.name.errors


class ExportForm(FlaskForm):
    """A request to export who signed."""

    reason = StringField(
        _l("What the names are needed for"),
        [
            DataRequired(_l("Say what the names are needed for: whoever approves decides by it.")),
            AtMost(REASON_LENGTH, _l("Shorten the reason to 200 characters or fewer.")),
            plain_line,
        ],
        filters=[strip],
    )


@lru_cache(maxsize=32)
def country_choices(locale: str) -> list[SelectChoice]:
    """Return each country's ISO 3166-1 code and name in a language, after an empty choice."""
    names = Locale.parse(locale).territories
    countries = {item.alpha_2: names.get(item.alpha_2, item.name) for item in pycountry.countries}
    return choices_of({"": ""} | dict(sorted(countries.items(), key=lambda pair: pair[1])))
