"""The form a subscriber asks for news with."""

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, Form, RadioField, StringField
from wtforms.validators import AnyOf, InputRequired

from campaigns.updates.models import Frequency
from campaigns.web.fields import ADDRESS_LENGTH, AtMost, choices_of, mail_address, strip

TITLE_LENGTH = 150
TEXT_LENGTH = 50_000
FREQUENCIES = {
    Frequency.IMMEDIATE: _l("At once"),
    Frequency.DAILY: _l("Once a day at most"),
    Frequency.WEEKLY: _l("Once a week at most"),
    Frequency.STATUS: _l("Only when somebody's status changes"),
}


class SubscribeForm(Form):
    """Shape of a subscription."""

    email = EmailField(
        _l("Email address"),
        [
            InputRequired(_l("Enter your email address: we send the link that confirms.")),
            AtMost(ADDRESS_LENGTH, _l("This email address is too long to be one.")),
            mail_address,
        ],
        filters=[strip],
    )
    frequency = RadioField(
        _l("How often"),
        [AnyOf(FREQUENCIES, _l("Choose how often we may write to you."))],
        choices=choices_of(FREQUENCIES),
        default=Frequency.IMMEDIATE,
        validate_choice=False,
    )
    website = StringField()
    # A honeypot: people do not see it, programs fill it in.
