"""How a hearing went on: what an organiser says of it on a phone, in front of the court."""

from uuid import uuid4
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, RadioField
from wtforms.validators import AnyOf, InputRequired, Regexp
from wtforms.widgets import HiddenInput

from campaigns.cases.fields import moment_field, text_line
from campaigns.cases.hearing_steps import HearingStep
from campaigns.cases.hearings import Hearing
from campaigns.cases.models import Article, Event
from campaigns.cases.names import NameFinder
from campaigns.cases.vocabulary import HearingStatus
from campaigns.cases.wording import label
from campaigns.dashboard.forms import SUMMARY_LENGTH, source_address
from campaigns.web.fields import choices_of

WAYS_ON = (HearingStatus.HELD, HearingStatus.ADJOURNED, HearingStatus.CANCELLED)


class HearingForm(FlaskForm):
    """Whether a hearing was held, adjourned or cancelled, and what came of it."""

    hidden_names = NameFinder(())
    token = HiddenField(
        validators=[InputRequired(), Regexp(r"\A[0-9a-f]{32}\Z")], default=lambda: uuid4().hex
    )
    # Subscribers are told once, however often the form is sent.
    version = IntegerField(widget=HiddenInput(), default=0)
    # Of the entry when the form was opened.
    accepted = HiddenField()
    # The doubts that were shown and are saved in spite of.
    status = RadioField(
        _l("What became of it"),
        [AnyOf(WAYS_ON, _l("Choose what became of it."))],
        choices=choices_of({it.value: label(it) for it in WAYS_ON}),
        validate_choice=False,
    )
    starts_at = moment_field(_l("The new date, or another on which it was held"))
    outcome = text_line(_l("What came of it, in one line (optional)"), length=SUMMARY_LENGTH)
    link = source_address()
    tell = BooleanField(_l("Also tell subscribers"))

    def offer(self, zone: ZoneInfo, event: Event) -> None:
        """Have times typed in the campaign's zone, and what is sent be of an entry as it is now."""
        self.starts_at.zone = zone
        self.version.data, self.version.raw_data = event.version, None

    def renew_token(self) -> None:
        """Let what is shown again be told by itself."""
        self.token.data = uuid4().hex

    def step(self, source: Article | None) -> HearingStep:
        """Return what was entered, once it is valid."""
        return HearingStep(
            status=HearingStatus(self.status.data),
            starts_at=self.starts_at.moment,
            outcome=self.outcome.data or "",
            source=source,
        )

    def fits(self, hearing: Hearing) -> bool:
        """Check that the date goes with what became of this hearing; if not, say what to do."""
        given, status = self.starts_at.moment, self.status.data
        if status == HearingStatus.CANCELLED and given:
            message = _("What is cancelled has no new date: empty this, or choose Adjourned.")
        elif status == HearingStatus.ADJOURNED and given == hearing.starts_at:
            message = _("That is the date it had. Give the new one, or none where none is known.")
        elif status == HearingStatus.HELD and not given and hearing.without_date:
            message = _("It was adjourned without a new date: say when it was held.")
        else:
            return True
        self.starts_at.errors = [message]
        return False
