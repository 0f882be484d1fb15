"""The form something is reported with."""

from flask_babel import lazy_gettext as _l
from wtforms import Form, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired

from campaigns.reports.wording import KINDS
from campaigns.web.fields import AtMost, choices_of, plain_line, plain_text, strip

PAGE_LENGTH, TEXT_LENGTH, CONTACT_LENGTH = 500, 2_000, 200
TOO_LONG = _l("This is too long: shorten it.")


class ReportForm(Form):
    """What is wrong with a page, and how to answer; never who reports it, unless they say so."""

    kind = RadioField(
        _l("What is it?"),
        [InputRequired(_l("Choose what it is."))],
        choices=choices_of({kind.value: words for kind, words in KINDS.items()}),
    )
    page = StringField(
        _l("Which page (optional)"), [AtMost(PAGE_LENGTH, TOO_LONG), plain_line], filters=[strip]
    )
    text = TextAreaField(
        _l("What should we know?"),
        [
            DataRequired(_l("Say in a few words what it is about.")),
            AtMost(TEXT_LENGTH, _l("Shorten this to 2,000 characters or fewer.")),
            plain_text,
        ],
        filters=[strip],
    )
    contact = StringField(
        _l("How can we answer you? (optional)"),
        [AtMost(CONTACT_LENGTH, TOO_LONG), plain_line],
        filters=[strip],
    )
    website = StringField()
    # A honeypot: people do not see it, programs fill it in.
