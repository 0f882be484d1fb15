"""Fields that the forms about a case share."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, localedata
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateTimeLocalField,
    Field,
    SelectChoice,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, Optional

from campaigns.cases.dates import UNKNOWN_DATE, PartialDate
from campaigns.cases.languages import is_language
from campaigns.cases.models import Article
from campaigns.cases.typed_dates import TypedDate, TypedDateError, read_typed_date
from campaigns.cases.wording import date_in_words, label
from campaigns.config import current_settings
from campaigns.db import utcnow
from campaigns.web.destinations import AddressRefused, parse_link
from campaigns.web.fields import AtMost, choices_of, plain_line, strip
from campaigns.web.languages import language_in_words

LINE_LENGTH = 300
MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
# As in case files.
FIRST_YEAR, LAST_YEAR = 1900, 2199
NONE = ("", "–")


def no_hidden_name(form: Any, field: Field) -> None:
    """A text for everybody: without the name of somebody whose name is not public."""
    if form.hidden_names.stands_in(field.data or ""):
        raise ValidationError(_("Somebody is named here whose name is not public: take it out."))


def web_link(form: Any, field: Field) -> None:
    """A web address that visitors can follow."""
    try:
        parse_link(field.data or "")
    except AddressRefused:
        raise ValidationError(
            _("Give a web address that begins with https:// or http://, or leave it empty.")
        ) from None


def known_language(form: Any, field: Field) -> None:
    """A language tag, as case files have them."""
    if not is_language(field.data or ""):
        raise ValidationError(_("Choose a language from the list."))


class LanguageField(SelectField):
    """Languages by their names in the language of display; the usual ones first."""

    usual: tuple[str, ...] = ()
    # Offered before those of this site.

    def iter_choices(self) -> Any:
        """Yield what the field offers."""
        offered = dict(_languages(str(get_locale() or "en")))
        first: dict[str, str] = {}
        for code in (*self.usual, *current_settings().locales):
            first[code] = offered.pop(code, "") or first.get(code) or language_in_words(code)
        if self.data and self.data not in first and is_language(self.data):
            offered.setdefault(self.data, language_in_words(self.data))
        self.choices = choices_of({**first, **offered})
        return super().iter_choices()


@lru_cache(maxsize=8)
def _languages(locale: str) -> tuple[tuple[str, str], ...]:
    """Return those of which the script, and so its direction, is known."""
    names = Locale.parse(locale).languages
    plain = [
        (code, name)
        for code, name in names.items()
        if re.fullmatch("[a-z]{2,3}", code) and localedata.exists(code)
    ]
    return tuple(sorted(plain, key=lambda pair: pair[1]))


class TypedDateField(StringField):
    """A date as people type it; set `today` to the day in the campaign's zone before validating."""

    today: date | None = None
    understood = TypedDate(UNKNOWN_DATE)

    def pre_validate(self, form: Any) -> None:
        """Read what was typed, or say what to type."""
        today = self.today or utcnow().date()
        try:
            self.understood = read_typed_date(
                self.data or "", today=today, locale=str(get_locale() or "en")
            )
        except TypedDateError as error:
            raise ValidationError(label(error.fault)) from None

    @property
    def when(self) -> PartialDate:
        """What was understood; unknown until it was validated."""
        return self.understood.when

    @property
    def words(self) -> str:
        """What was understood, to be said back."""
        return date_in_words(self.when)

    @property
    def hint(self) -> str:
        """How to type a date, or how the one that was typed is understood."""
        if not self.data or self.errors:
            return str(_("Like 22 April 2018, April 2018, yesterday, between 28 Nov and 1 Dec."))
        try:
            self.pre_validate(None)
        except ValidationError:
            return ""
        return str(_("Understood as: %(date)s", date=self.words))


class MomentField(DateTimeLocalField):
    """A day and time as clocks show it; set `zone` to the campaign's before validating."""

    zone = ZoneInfo("UTC")

    def pre_validate(self, form: Any) -> None:
        """Refuse years that cannot be meant, and the hour that clocks are put forward over."""
        moment = self.moment
        if moment is None:
            return
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValidationError(
                _(
                    "Choose a year from %(first)d to %(last)d.",
                    first=FIRST_YEAR,
                    last=LAST_YEAR,
                )
            )
        if moment.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != self.data:
            raise ValidationError(
                _("This time does not exist: the clocks are put forward over it. Choose another.")
            )

    @property
    def moment(self) -> datetime | None:
        """The moment that was typed; of two, in autumn, the first."""
        return self.data.replace(tzinfo=self.zone) if self.data else None


def text_line(text: Any, *more: Any, length: int = LINE_LENGTH) -> StringField:
    """One line that everybody may read, of so many characters."""
    checks = [*more, AtMost(length, _l("This is too long: shorten it.")), plain_line]
    return StringField(text, [*checks, no_hidden_name], filters=[strip])


def one_of(text: Any, kinds: Any, *, empty: bool = True, default: Any = None) -> SelectField:
    """A choice from a closed list; `empty` puts no choice before it."""
    choices = choices_of({it.value: label(it) for it in kinds})
    first = [SelectChoice(*NONE)] if empty else []
    checks = [Optional()] if empty else [InputRequired()]
    return SelectField(text, checks, choices=[*first, *choices], default=default)


def moment_field(text: Any) -> MomentField:
    """A day and time of the campaign's zone, or nothing."""
    return MomentField(
        text,
        [Optional()],
        format=MOMENTS,
        invalid_value_message=_l("Write day and time like 2031-04-22T10:30."),
    )


def article_choices(articles: Sequence[Article]) -> list[SelectChoice]:
    """Return what a field offers to choose one of these articles, or none."""
    return [
        SelectChoice(*NONE),
        *(SelectChoice(str(it.id), f"{it.outlet}: {it.title}") for it in articles),
    ]
