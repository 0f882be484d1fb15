"""What organisers fill in to make a campaign, part by part."""

import re
from collections.abc import Collection
from typing import Any, ClassVar
from uuid import uuid4
from zoneinfo import available_timezones

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from slugify import slugify
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Field,
    HiddenField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    URLField,
    ValidationError,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, Optional, Regexp

from campaigns.cases.fields import LanguageField, known_language
from campaigns.cases.models import Article
from campaigns.cases.names import NameFinder
from campaigns.cases.vocabulary import Colour, ConsentBy, NamePolicy
from campaigns.cases.wording import LABELS
from campaigns.dashboard.forms import no_hidden_name
from campaigns.dashboard.starters import Starter
from campaigns.dashboard.together import EditForm, Hints
from campaigns.petitions.forms import COUNTRIES, CountryField
from campaigns.petitions.models import HandoverNames
from campaigns.web.fields import (
    ADDRESS_LENGTH,
    AtMost,
    choices_of,
    mail_address,
    plain_line,
    plain_text,
    strip,
)

NAME, LINE, SENTENCES, TEXT, ADDRESS = 200, 300, 2_000, 100_000, 2_000
# As long as a case file allows.
MOST_GOAL = 1_000_000_000
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_LENGTH = 80
RESERVED = frozenset({"new"})
# The console's own addresses.
NO_PLACE = frozenset({"Factory", "localtime"})
# Zones that say something of a server only.
TOO_LONG = _l("This text is too long.")


def one_kind_of_line_end(text: str | None) -> str | None:
    """Browsers send other line ends than they were given: unchanged is unchanged."""
    return text.replace("\r\n", "\n") if text else text


def web_address(form: FlaskForm, field: StringField) -> None:
    """An absolute address without credentials or what could break out of a page."""
    if not re.fullmatch(r"https?://[^\s\\<>\"/@]+(?:/[^\s\\<>\"]*)?", field.data or ""):
        raise ValidationError(_("Write the whole address: https://example.org"))


def free_of_hidden_names(form: FlaskForm, field: StringField) -> None:
    """A slug for everybody: a name is found in it also with nothing between its words."""
    if form.hidden_names.stands_in_address(field.data or ""):
        raise ValidationError(_("Somebody is named here whose name is not public: take it out."))


def no_name_unless_full(form: FlaskForm, field: StringField) -> None:
    """As `no_hidden_name`, where the same form says what may be read of the name."""
    if form.hidden_names.stands_in(field.data or ""):
        raise ValidationError(
            _(
                "Somebody is named here whose name is not public: take it out, or choose"
                " “Full name” below."
            )
        )


def a_slug(form: FlaskForm, field: StringField) -> None:
    """A campaign's part of an address."""
    if not SLUG.fullmatch(field.data or "") or field.data in RESERVED:
        raise ValidationError(
            _("Write small letters a to z, digits and single hyphens: free-amal.")
        )


def with_commas(typed: str | None) -> str:
    """Return what was typed between commas, each once: written otherwise it is the same."""
    return ", ".join(pieces_of(typed))


def pieces_of(typed: str | None) -> list[str]:
    """Return what stands between commas, each once."""
    pieces = (it.strip() for it in (typed or "").split(","))
    return list(dict.fromkeys(it for it in pieces if it))


def goals_in(typed: str | None) -> list[int]:
    """Return the goals that were typed, the smallest first; none when one is no number."""
    pieces = pieces_of(typed)
    sound = all(it.isascii() and it.isdigit() and len(it) <= 10 for it in pieces)
    return sorted({int(it) for it in pieces}) if sound else []


def goals_in_order(typed: str | None) -> str | None:
    """Return goals as they are shown again; what is none stays as it was typed."""
    return ", ".join(map(str, goals_in(typed))) or typed


def a_line(
    label: LazyString,
    needed: LazyString | None = None,
    *,
    longest: int = LINE,
    unnamed: Any = no_hidden_name,
) -> StringField:
    """A line that everybody may read."""
    first = DataRequired(needed) if needed else Optional()
    checks = [first, AtMost(longest, TOO_LONG), plain_line, unnamed]
    return StringField(label, checks, filters=[strip])


def a_text(
    label: LazyString, needed: LazyString | None = None, *, longest: int = TEXT
) -> TextAreaField:
    """A text of several lines that everybody may read."""
    first = DataRequired(needed) if needed else Optional()
    checks = [first, AtMost(longest, TOO_LONG), plain_text, no_hidden_name]
    return TextAreaField(label, checks, filters=[one_kind_of_line_end, strip])


def slug_field() -> StringField:
    """A campaign's short name."""
    needed = DataRequired(_l("Give a short name."))
    checks = [needed, AtMost(SLUG_LENGTH, TOO_LONG), a_slug, free_of_hidden_names]
    return StringField(_l("Short name, for its address"), checks, filters=[strip])


def language_field() -> LanguageField:
    """The language a campaign's texts are written in."""
    return LanguageField(_l("Language of the texts"), [known_language], validate_choice=False)


def zone_field() -> SelectField:
    """The zone a campaign's days are counted in."""
    zones = sorted(available_timezones() - NO_PLACE)
    return SelectField(_l("Time zone"), choices=[SelectChoice(zone, zone) for zone in zones])


def contact_field() -> EmailField:
    """Where replies go."""
    return EmailField(
        _l("Address to write to"),
        [
            InputRequired(_l("Give an address people can write to.")),
            AtMost(ADDRESS_LENGTH, TOO_LONG),
            mail_address,
        ],
        filters=[strip],
    )


class PersonFields:
    """What is asked of a detainee, alone or with a new campaign."""

    name = StringField(
        _l("Name, in its own script"),
        [DataRequired(_l("Give a name.")), AtMost(NAME, TOO_LONG), plain_line],
        filters=[strip],
    )
    name_romanised = StringField(
        _l("Name in Latin letters (optional)"),
        [Optional(), AtMost(NAME, TOO_LONG), plain_line],
        filters=[strip],
    )
    policy = SelectField(
        _l("What visitors may read of the name"),
        choices=choices_of(LABELS[NamePolicy]),
        default=NamePolicy.WITHHELD,
    )
    consent_by = SelectField(
        _l("Who allowed the full name"),
        choices=choices_of({"": _l("Nobody yet"), **LABELS[ConsentBy]}),
    )
    consent_on = DateField(_l("On which day"), [Optional()])
    consent_scope = StringField(
        _l("For what"), [Optional(), AtMost(LINE, TOO_LONG), plain_line], filters=[strip]
    )

    def basis_is_given(self) -> bool:
        """Whether a full name has its basis; else says on the form what is missing."""
        if self.policy.data != NamePolicy.FULL:
            return True
        missing = {
            self.consent_by: _("A full name is published only with a basis: say who allowed it."),
            self.consent_on: _("Give the day on which they allowed it."),
            self.consent_scope: _("Say for what they allowed it, such as “this campaign”."),
        }
        for field, words in missing.items():
            if not field.data and not field.errors:
                field.errors = [words]
        return not any(field.errors for field in missing)


class NewCampaignForm(PersonFields, FlaskForm):
    """A draft and whom it is for."""

    hidden_names = NameFinder(())
    token = HiddenField(
        validators=[InputRequired(), Regexp(r"\A[0-9a-f]{32}\Z")], default=lambda: uuid4().hex
    )
    title = a_line(_l("Title"), _l("Give the campaign a title."), unnamed=no_name_unless_full)
    slug = slug_field()
    starter = SelectField(
        _l("Begin with"),
        choices=choices_of(
            {
                Starter.ARREST: _l("An arrest: texts and a petition to complete"),
                Starter.DISAPPEARANCE: _l("A disappearance: texts and a petition to complete"),
                Starter.TRIAL: _l("A trial: texts and a petition to complete"),
                Starter.EMPTY: _l("Empty pages"),
            }
        ),
    )
    timezone = zone_field()
    locale = language_field()
    run_by_name = a_line(_l("Who runs the campaign"), _l("Say who runs the campaign."))
    run_by_contact = contact_field()

    def renew_token(self) -> None:
        """Let what is shown again make a campaign of its own."""
        self.token.data = uuid4().hex

    def validate(self, extra_validators: Any = None) -> bool:
        """Check shapes, and that neither title nor short name says a name that is hidden."""
        derived = not self.slug.data
        if derived and self.title.data:
            self.slug.data = slugify(self.title.data, max_length=SLUG_LENGTH, word_boundary=True)
        if self.policy.data != NamePolicy.FULL:
            names = (self.name.data, self.name_romanised.data)
            self.hidden_names = NameFinder(it for it in names if it)
        good = bool(super().validate(extra_validators))
        if derived and self.title.errors:
            # Made anew from the title that comes instead; what is wrong is said once.
            self.slug.data, self.slug.errors = "", []
        return good and self.basis_is_given()


class TextsForm(EditForm):
    """What a campaign says."""

    hidden_names = NameFinder(())
    title = a_line(_l("Title"), _l("Give the campaign a title."))
    slug = slug_field()
    summary = a_text(_l("Summary, in two sentences"), longest=SENTENCES)
    demand = a_text(_l("What is demanded, in one sentence"), longest=SENTENCES)
    body = a_text(_l("The case"))
    HINTS: ClassVar[Hints] = {
        "slug": _l("It can be changed until the campaign is published."),
        "body": _l("Who they are and what happened. Markdown."),
    }


class AboutForm(EditForm):
    """Where a campaign is at home, how it looks, and who runs it."""

    hidden_names = NameFinder(())
    country = CountryField(
        _l("Country (optional)"),
        [Optional(), AnyOf(COUNTRIES, _l("Choose a country from the list, or none."))],
        validate_choice=False,
    )
    timezone = zone_field()
    translated: Collection[str] = ()
    # Languages into which any part of it is translated.
    locale = language_field()
    colour = SelectField(_l("Colour"), choices=choices_of(LABELS[Colour]))
    tags = StringField(
        _l("Tags (optional)"),
        [Optional(), AtMost(LINE, TOO_LONG), plain_line, no_hidden_name],
        filters=[strip, with_commas],
    )
    run_by_name = a_line(_l("Who runs the campaign"), _l("Say who runs the campaign."))
    run_by_contact = contact_field()
    run_by_url = URLField(
        _l("Their website (optional)"),
        [Optional(), AtMost(ADDRESS, TOO_LONG), web_address, no_hidden_name],
        filters=[strip],
    )
    HINTS: ClassVar[Hints] = {
        "timezone": _l("Days held are counted in it."),
        "tags": _l("With commas between them."),
        "run_by_contact": _l("Visitors see it, and replies to mails go there."),
    }

    def validate_locale(self, field: Field) -> None:
        """None into which it is translated: a text would be a translation of itself."""
        if (field.data or "").replace("_", "-") in [it.replace("_", "-") for it in self.translated]:
            raise ValidationError(
                _("Some of it is translated into this language: take these translations out first.")
            )


class DetaineeForm(PersonFields, EditForm):
    """A detainee."""

    hidden_names = NameFinder(())
    consent_article = SelectField(_l("Public record: the article it stands in"), [Optional()])
    proceedings = a_text(_l("Proceedings (optional)"), longest=SENTENCES)
    HINTS: ClassVar[Hints] = {
        "policy": _l("A name shown once on the web cannot be taken back: begin with less."),
        "consent_by": _l("Needed for a full name only."),
        "proceedings": _l("Such as case numbers, one a line."),
    }

    def offer(self, articles: list[Article]) -> None:
        """Offer a campaign's own articles."""
        self.consent_article.choices = choices_of(
            {"": _l("None")} | {str(it.id): f"{it.outlet}: {it.title}" for it in articles}
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Check shapes, and that a full name has its basis."""
        return bool(super().validate(extra_validators)) and self.basis_is_given()


class FrozenForm(EditForm):
    """What was signed changes only as a new version."""

    hidden_names = NameFinder(())
    as_new_version = BooleanField(_l("Publish the changed text as a new version, dated today"))


class PetitionForm(FrozenForm):
    """What people sign."""

    title = a_line(_l("Title of the petition"), _l("Give the petition a title."))
    text = a_text(_l("What is signed"), _l("Write what is signed."))
    addressee = a_line(_l("To whom"), _l("Say whom the petition addresses."))
    handover_names = SelectField(
        _l("What the addressee gets"),
        choices=choices_of(
            {
                HandoverNames.NONE: _l("Only the number of signatures"),
                HandoverNames.TICKED: _l("The number, and the names of those who ticked it"),
            }
        ),
    )
    goals = StringField(
        _l("Goals (optional)"), [Optional(), AtMost(LINE, TOO_LONG)], filters=[goals_in_order]
    )
    opens = DateField(_l("Can be signed from"), [InputRequired(_l("Give a day."))])
    closes = DateField(_l("Can be signed until (optional)"), [Optional()])
    HINTS: ClassVar[Hints] = {
        "text": _l("Markdown. It is frozen with the first signature."),
        "addressee": _l("It stays once somebody has signed: signers are told who gets their name."),
        "goals": _l("Numbers with commas between them: 100, 1000"),
    }

    def validate_goals(self, field: StringField) -> None:
        """Refuse what are no numbers."""
        found = goals_in(field.data)
        if not found or min(found) < 1 or max(found) > MOST_GOAL:
            raise ValidationError(_("Write whole numbers with commas between them: 100, 1000"))

    def validate_closes(self, field: DateField) -> None:
        """Refuse an end before the beginning."""
        if field.data and self.opens.data and field.data < self.opens.data:
            raise ValidationError(_("It cannot end before it begins."))


class TranslationForm(FrozenForm):
    """What a campaign and its petition say in another language; what is empty stays as it is."""

    title = a_line(_l("Title"))
    summary = a_text(_l("Summary, in two sentences"), longest=SENTENCES)
    demand = a_text(_l("What is demanded, in one sentence"), longest=SENTENCES)
    body = a_text(_l("The case"))
    petition_title = a_line(_l("Title of the petition"))
    petition_text = a_text(_l("What is signed"))
