"""The form a supporter signs with."""

from functools import lru_cache

import pycountry
from babel import Locale
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    Form,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, Optional

from campaigns.web.fields import (
    ADDRESS_LENGTH,
    AtMost,
    choices_of,
    mail_address,
    person_name,
    plain_line,
    plain_text,
    strip,
)

NAME_LENGTH = 120
COMMENT_LENGTH = 500
REASON_LENGTH = 200
COUNTRIES = frozenset(item.alpha_2 for item in pycountry.countries)


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
    email = EmailField(
        _l("Email address"),
        [
            InputRequired(_l("Enter your email address: we send the link that confirms.")),
            AtMost(ADDRESS_LENGTH, _l("This email address is too long to be one.")),
            mail_address,
        ],
        filters=[strip],
    )
    country = SelectField(
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

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.country.choices = country_choices(str(get_locale() or "en"))


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
