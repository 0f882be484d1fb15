"""The forms of events. Fields that do not fit a kind are not asked for."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from campaigns.cases.contents import EventContent, SourceContent
from campaigns.cases.fields import (
    NONE,
    TypedDateField,
    article_choices,
    known_language,
    moment_field,
    no_hidden_name,
    one_of,
    text_line,
)
from campaigns.cases.models import Campaign, Detainee, Event
from campaigns.cases.names import NameFinder
from campaigns.cases.typed_dates import read_typed_date
from campaigns.cases.vocabulary import (
    KINDS_OF,
    ActorKind,
    AppealBy,
    Confidence,
    Disclosure,
    EventKind,
    HearingStatus,
    Stance,
    StateLink,
)
from campaigns.cases.wording import label
from campaigns.config import current_settings
from campaigns.web.fields import AtMost, choices_of, plain_line, plain_text, strip

SUMMARY_LENGTH, NOTE_LENGTH, TEXT_LENGTH = 2_000, 2_000, 100_000
MOST_SIGNATURES = 1_000_000_000
EMPTY_SOURCES = 2
# Offered beyond those that are filled in; more come with every look at the form.
TOKEN = r"\A[0-9a-f]{32}\Z"  # noqa: S105 - a pattern


class SourceForm(Form):
    """One article that says something of an event; checked by the form it stands in."""

    article = SelectField(_l("Article"), validate_choice=False)
    stance = SelectField(
        _l("What it does"),
        choices=choices_of({it.value: label(it) for it in Stance}),
        default=Stance.SUPPORTS.value,
        validate_choice=False,
    )
    note = StringField(_l("Note (optional)"), filters=[strip])


class TranslatedEntryForm(Form):
    """What an event says in another language; checked by the form it stands in."""

    language = HiddenField(default="")
    summary = StringField(_l("In one line"), filters=[strip])
    text = TextAreaField(_l("Text (optional)"), filters=[strip])


class EventForm(FlaskForm):
    """All there is to say of an event."""

    hidden_names = NameFinder(())
    zone = ZoneInfo("UTC")
    # The campaign's: all times are typed in it.
    language = ""
    # In which it is written.
    people: Sequence[Detainee] = ()
    # Those the campaign is for.

    token = HiddenField(validators=[InputRequired(), Regexp(TOKEN)], default=lambda: uuid4().hex)
    version = IntegerField(widget=HiddenInput(), default=0)
    # Of the entry when the form was opened; 0 for a new one.
    accepted = HiddenField()
    # The doubts that were shown and are saved in spite of.

    kind = SelectField(
        _l("What happened"),
        [InputRequired(_l("Choose what happened."))],
        choices=[
            SelectChoice(*NONE),
            *(
                choice
                for group, kinds in KINDS_OF.items()
                for choice in choices_of({it.value: label(it) for it in kinds}, label(group))
            ),
        ],
    )
    date = TypedDateField(_l("When"), filters=[strip])
    summary = text_line(
        _l("In one line"),
        DataRequired(_l("Say in one line what happened.")),
        length=SUMMARY_LENGTH,
    )
    detainees = SelectMultipleField(
        _l("Whom it concerns"),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        coerce=int,
    )
    text = TextAreaField(
        _l("Text (optional)"),
        [
            AtMost(TEXT_LENGTH, _l("This is too long: shorten it.")),
            plain_text,
            no_hidden_name,
        ],
        filters=[strip],
    )
    sources = FieldList(FormField(SourceForm), _l("Sources"))
    translations = FieldList(FormField(TranslatedEntryForm))

    hearing_starts_at = moment_field(_l("When it begins"))
    hearing_court = text_line(_l("Court"))
    hearing_status = one_of(_l("How it stands"), HearingStatus)

    handover_count = IntegerField(
        _l("How many signatures"),
        [
            Optional(),
            NumberRange(0, MOST_SIGNATURES, _l("Write the number of signatures in digits.")),
        ],
    )
    handover_at_least = BooleanField(_l("At least this many"))
    handover_to = text_line(_l("To whom"))
    handover_reply = text_line(_l("Their reply (optional)"), length=NOTE_LENGTH)

    proceeding = text_line(_l("Proceeding"))
    by = one_of(_l("Who appealed"), AppealBy)
    place = text_line(_l("Place"))
    disclosure = one_of(_l("Is the place known?"), Disclosure)
    actor_name = text_line(_l("Which institution acted"))
    actor_kind = one_of(_l("What kind it is"), ActorKind)
    actor_state_link = one_of(_l("Does it act for the state?"), StateLink)
    confidence = one_of(
        _l("How sure it is"), Confidence, empty=False, default=Confidence.CONFIRMED.value
    )
    learned_at = moment_field(_l("When you learned it"))
    embargo_until = moment_field(_l("Keep it back until"))
    family_told = BooleanField(_l("The family has been told"))
    note = text_line(_l("What was corrected, and why"), length=NOTE_LENGTH)
    tell = BooleanField(_l("Also tell subscribers"))
    # Of a new entry.
    mail_note = BooleanField(_l("Mail the correction to those who were mailed this entry"))

    def renew_token(self) -> None:
        """Let what is shown again make an entry of its own."""
        self.token.data = uuid4().hex

    def offer(self, campaign: Campaign) -> None:
        """Offer a campaign's own detainees, by the names organisers know, and its articles."""
        self.date.today = campaign.today
        self.zone = ZoneInfo(campaign.timezone)
        for name in MOMENT_FIELDS:
            self[name].zone = self.zone
        self.language = campaign.locale
        self.people = campaign.detainees
        self.detainees.choices = [
            SelectChoice(it.id, it.name_romanised or it.name) for it in campaign.detainees
        ]
        filled = sum(bool(entry.article.data) for entry in self.sources)
        while len(self.sources) < filled + EMPTY_SOURCES:
            self.sources.append_entry()
        articles = article_choices(campaign.articles)
        for entry in self.sources:
            entry.article.choices = articles
        shown = {campaign.locale, *(entry.language.data for entry in self.translations)}
        for code in dict.fromkeys((*current_settings().locales, *campaign.translations)):
            if code not in shown:
                self.translations.append_entry({"language": code})

    def fill_in(self, event: Event) -> None:
        """Show what an entry says."""
        self.version.data = event.version
        for name in PLAIN_FIELDS:
            value = getattr(event, name)
            self[name].data = getattr(value, "value", value)
        self.date.data = event.date_edtf
        self.detainees.data = [] if event.everyone else [it.id for it in event.detainees]
        for name in MOMENT_FIELDS:
            moment = getattr(event, name)
            self[name].data = moment.astimezone(self.zone) if moment else None
        for code, words in event.translations.items():
            self.translations.append_entry({"language": code, **words})
        for source in event.sources:
            self.sources.append_entry(
                {
                    "article": str(source.article_id),
                    "stance": source.stance.value,
                    "note": source.note or "",
                }
            )

    def content(self, campaign: Campaign, stored: Event | None = None) -> EventContent:
        """Return what was entered, once it is valid."""
        articles = {str(it.id): it for it in campaign.articles}
        starts_at = self._moment("hearing_starts_at", stored)
        when = self.date.when
        if self.kind.data == EventKind.HEARING and starts_at is not None:
            when = read_typed_date(self.hearing_starts_at.data.date().isoformat(),
                                   today=campaign.today).when  # fmt: skip
        status = HearingStatus(self.hearing_status.data or HearingStatus.SCHEDULED)
        return EventContent(
            kind=EventKind(self.kind.data),
            date_edtf=when.edtf,
            summary=self.summary.data,
            people=tuple(it for it in campaign.detainees if it.id in self.detainees.data),
            proceeding=self.proceeding.data or None,
            place=self.place.data or None,
            disclosure=_chosen(Disclosure, self.disclosure),
            actor_name=self.actor_name.data or None,
            actor_kind=self._of_actor(ActorKind, self.actor_kind),
            actor_state_link=self._of_actor(StateLink, self.actor_state_link),
            text=self.text.data or None,
            by=_chosen(AppealBy, self.by),
            confidence=Confidence(self.confidence.data),
            learned_at=self._moment("learned_at", stored),
            embargo_until=self._moment("embargo_until", stored),
            hearing_starts_at=starts_at,
            hearing_court=self.hearing_court.data or None,
            hearing_status=status if starts_at else None,
            hearing_was_wrong=bool(self.note.data),
            handover_count=self.handover_count.data,
            handover_at_least=self.handover_at_least.data,
            handover_to=self.handover_to.data or None,
            handover_reply=self.handover_reply.data or None,
            cited=tuple(
                SourceContent(
                    article=articles[entry.article.data],
                    stance=Stance(entry.stance.data),
                    note=entry.note.data or None,
                )
                for entry in self.sources
                if entry.article.data
            ),
            translations={
                entry.language.data: {"summary": entry.summary.data}
                | ({"text": entry.text.data} if entry.text.data else {})
                for entry in self.translations
                if entry.summary.data
            },
        )

    def validate_sources(self, field: FieldList) -> None:
        """Each a known article with a known stance, and a note that may be read by all."""
        for entry in field:
            note = entry.note.data or ""
            known = {str(choice.value) for choice in entry.article.choices or ()}
            if (entry.article.data or "") not in known or entry.stance.data not in list(Stance):
                raise ValidationError(_("Choose the sources from the articles of this campaign."))
            if note and not entry.article.data:
                raise ValidationError(_("Choose the article that each note is about."))
            if len(note) > NOTE_LENGTH:
                raise ValidationError(_("A note is too long: shorten it."))
            entry.note.hidden_names = self.hidden_names
            plain_line(self, entry.note)
            no_hidden_name(self, entry.note)

    def validate_translations(self, field: FieldList) -> None:
        """Each in another language, the line with the text, and fit to be read by all."""
        languages = [it.language.data.replace("_", "-") for it in field if it.summary.data]
        if len({*languages, self.language.replace("_", "-")}) <= len(languages):
            raise ValidationError(_("Translate it once into each other language."))
        for entry in field:
            summary, text = entry.summary, entry.text
            known_language(self, entry.language)
            if text.data and not summary.data:
                raise ValidationError(_("Translate the line too: the text stands below it."))
            if len(summary.data or "") > SUMMARY_LENGTH or len(text.data or "") > TEXT_LENGTH:
                raise ValidationError(_("A translation is too long: shorten it."))
            plain_line(self, summary)
            plain_text(self, text)
            no_hidden_name(self, summary)
            no_hidden_name(self, text)

    def validate_actor_name(self, field: StringField) -> None:
        """What an institution is like needs one."""
        if not field.data and (self.actor_kind.data or self.actor_state_link.data):
            raise ValidationError(_("Name the institution, or choose nothing about it."))

    def validate_proceeding(self, field: StringField) -> None:
        """One of those on record of whom it concerns, where there are any."""
        chosen = self.detainees.data or ()
        concerned = [it for it in self.people if not chosen or it.id in chosen]
        known = [label for it in concerned for label in it.proceedings]
        if field.data and known and field.data not in known:
            raise ValidationError(
                _("Not among the proceedings on record: %(known)s.", known=", ".join(known))
            )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field, and that the parts of hearings and handovers belong together."""
        good = super().validate(extra_validators)
        wrong = [*self._faults_of_hearing(), *self._faults_of_handover()]
        for field, message in wrong:
            if not field.errors:
                field.errors = [message]
        return good and not wrong

    def _faults_of_hearing(self) -> Iterator[tuple[Field, str]]:
        begins, court = self.hearing_starts_at, self.hearing_court
        given = bool(begins.raw_data and begins.raw_data[0]) or bool(
            court.data or self.hearing_status.data
        )
        if given and self.kind.data != EventKind.HEARING:
            yield begins, _("Only a hearing has a court: empty these, or choose Hearing.")
        elif given and not begins.data:
            yield begins, _("Give the day and time at which the hearing begins.")
        elif given and not court.data:
            yield court, _("Name the court.")

    def _faults_of_handover(self) -> Iterator[tuple[Field, str]]:
        count, to = self.handover_count, self.handover_to
        if self.kind.data == EventKind.PETITION_HANDOVER:
            if count.data is None:
                yield count, _("Write the number of signatures in digits.")
            if not to.data:
                yield to, _("Say to whom it was handed.")
        elif (
            count.data is not None
            or self.handover_at_least.data
            or to.data
            or self.handover_reply.data
        ):
            yield count, _("Only a handover of the petition has these: empty them.")

    def _moment(self, name: str, stored: Event | None) -> datetime | None:
        """Return a moment in the campaign's zone; a form knows no seconds, what is stored may."""
        moment: datetime | None = self[name].moment
        if moment is None:
            return None
        before: datetime | None = getattr(stored, name) if stored else None
        same = before is not None and abs((before - moment).total_seconds()) < 60
        return before if same else moment

    def _of_actor(self, kinds: Any, field: SelectField) -> Any:
        if not self.actor_name.data:
            return None
        return kinds(field.data) if field.data else kinds.UNKNOWN


PLAIN_FIELDS = (
    "kind", "summary", "text", "proceeding", "place", "disclosure", "actor_name", "actor_kind",
    "actor_state_link", "by", "confidence", "hearing_court", "hearing_status", "handover_count",
    "handover_at_least", "handover_to", "handover_reply",
)  # fmt: skip
MOMENT_FIELDS = ("learned_at", "embargo_until", "hearing_starts_at")


class RetractionForm(FlaskForm):
    """Why an entry is struck through."""

    hidden_names = NameFinder(())
    version = IntegerField(widget=HiddenInput(), default=0)
    # Of the entry when the form was opened.
    reason = text_line(
        _l("Why it is not true"),
        DataRequired(_l("Say why: everybody who read it will want to know.")),
        length=NOTE_LENGTH,
    )


def _chosen(kinds: Any, field: SelectField) -> Any:
    return kinds(field.data) if field.data else None
