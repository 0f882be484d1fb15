"""The form that withdraws a name."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    RadioField,
    StringField,
    SubmitField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired

from campaigns.cases.replacing import NameReplacer
from campaigns.cases.vocabulary import NamePolicy
from campaigns.dashboard.making_forms import SLUG_LENGTH, a_slug
from campaigns.web.fields import AtMost, choices_of, plain_line, plain_text, strip

SPELLINGS_LENGTH = 1_000


class WithdrawalForm(FlaskForm):
    """What may be read instead of a name, and by what else its bearer is called."""

    finder = NameReplacer((), "")
    # Of the names to be withdrawn, other spellings too.

    policy = RadioField(
        _l("What visitors read instead"),
        [InputRequired(_l("Choose what visitors read instead."))],
        choices=choices_of(
            {
                NamePolicy.WITHHELD.value: _l("“Name withheld”"),
                NamePolicy.INITIALS.value: _l("The initials"),
            }
        ),
        default=NamePolicy.WITHHELD.value,
    )
    others = TextAreaField(
        _l("Other spellings, one a line (optional)"),
        [AtMost(SPELLINGS_LENGTH, _l("This is too long: shorten it.")), plain_text],
        filters=[strip],
    )
    slug = StringField(
        _l("The campaign's new short name"),
        [AtMost(SLUG_LENGTH, _l("This is too long: shorten it.")), plain_line, a_slug],
        filters=[strip],
    )
    look = SubmitField()

    @property
    def spellings(self) -> list[str]:
        """What was typed, a line each."""
        lines = (line.strip() for line in (self.others.data or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def validate_slug(self, field: StringField) -> None:
        """Refuse an address that tells the name again."""
        if self.finder.stands_in_address(field.data or ""):
            raise ValidationError(_("This tells the name too: choose a short name that does not."))
