"""Small forms, each for one change of a campaign or its petition as a whole."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired

from campaigns.petitions.models import PetitionState
from campaigns.web.fields import choices_of, strip


class StateForm(FlaskForm):
    """One change; what cannot be undone at once asks for the campaign to be named by hand."""

    change = ""
    expected = ""
    # The slug of the campaign the page is about.
    latest = date.max
    # Today in its zone.
    slug = StringField(_l("The campaign's short name"), filters=[strip])
    on = DateField(_l("Closed on"), [InputRequired(_l("Give a day."))])

    @classmethod
    def of(cls, change: str, *, shown: bool, today: date) -> "StateForm":
        """Return the form of a change: as it was sent, or to be shown anew."""
        form = cls(formdata=None, on=today) if shown else cls()
        form.change = change
        return form

    def validate_slug(self, field: StringField) -> None:
        """Refuse what could be a slip."""
        if field.data != self.expected:
            raise ValidationError(_("Type the campaign's short name exactly as it is given."))

    def validate_on(self, field: DateField) -> None:
        """Refuse a day nobody can know about yet."""
        if field.data and field.data > self.latest:
            raise ValidationError(_("This day is still to come."))


class PetitionStateForm(FlaskForm):
    """Whether a petition can be signed."""

    state = SelectField(
        _l("The petition"),
        choices=choices_of(
            {
                PetitionState.OPEN: _l("can be signed"),
                PetitionState.CLOSED: _l("is closed"),
                PetitionState.DELIVERED: _l("was handed over"),
                PetitionState.WON: _l("was won"),
            }
        ),
    )
