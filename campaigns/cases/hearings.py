"""A hearing and how it goes on: set, moved, adjourned, held or cancelled; and that in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _

from campaigns.cases.vocabulary import HearingStatus

STILL_AHEAD = (HearingStatus.SCHEDULED, HearingStatus.ADJOURNED)
# What a hearing can go on from; held or cancelled it is over.


@dataclass(frozen=True, slots=True)
class Hearing:
    """A hearing as its entry tells it."""

    event_id: int
    starts_at: datetime
    # In the campaign's zone. Of one without a date: when it was to begin.
    court: str
    status: HearingStatus
    previous_starts_at: datetime | None
    # The last date it had before this one.
    was_adjourned: bool
    # Whether the court adjourned it, then or earlier; otherwise it was only moved.
    outcome_missing: bool
    # Its day is over, and nobody has said yet how it went.

    @property
    def is_expected(self) -> bool:
        """Whether it takes place when it is said to."""
        return is_expected(self.status, self.previous_starts_at)

    @property
    def without_date(self) -> bool:
        """Whether it was adjourned, and nobody knows until when."""
        return self.status == HearingStatus.ADJOURNED and self.previous_starts_at is None

    @property
    def put_off(self) -> bool:
        """Whether it was adjourned to a later hour: one that was brought forward was moved."""
        before = self.previous_starts_at
        return self.was_adjourned and before is not None and before < self.starts_at


def is_expected(status: HearingStatus | None, previous_starts_at: datetime | None) -> bool:
    """Return whether a hearing takes place when it is said to: not if adjourned without a date.

    An adjournment with a new date knows the one before; one without a date knows none.
    """
    if status == HearingStatus.ADJOURNED:
        return previous_starts_at is not None
    return status in (None, HearingStatus.SCHEDULED)


def is_step(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether a change is that a hearing went on: then what it said before was not wrong.

    `was` holds the changed fields as they read before, `now` all as they read since, both by the
    names of a case file. The date may have followed the hearing; all else makes it a correction.
    """
    before, after = was.get("hearing"), now.get("hearing")
    if not before or not after or not was.keys() <= {"hearing", "date"}:
        return False
    if before["status"] not in STILL_AHEAD or before["court"] != after["court"]:
        return False
    followed = "date" not in was or now["date"] == after["starts_at"][: len("2026-03-05")]
    return followed and any(before[name] != after[name] for name in ("status", "starts_at"))


def moment_in_words(moment: datetime, locale: str | None = None) -> str:
    """A day and hour, in the zone it comes in: "Tuesday 3 March 2026, 10:00"."""
    day = format_date(moment, "EEEE d MMMM y", locale=locale or get_locale() or "en")
    return f"{day}, {moment:%H:%M}"


def zone_in_words(timezone: str) -> str:
    """In which zone an hour is told, to stand beside it: "time in Asia/Karachi"."""
    return str(_("time in %(zone)s", zone=timezone.replace("_", " ")))


def told_with_zone(moment: datetime, locale: str | None = None) -> str:
    """The same where no page beside it says the zone; `moment` comes in a zone with a name."""
    zone = zone_in_words(str(moment.tzinfo))
    return f"{moment_in_words(moment, locale)} ({zone})"


def hearing_in_words(hearing: Hearing, moment: Callable[[datetime], str] = moment_in_words) -> str:
    """How a hearing stands, in a sentence; `moment` tells days and hours, in text or in HTML."""
    before = hearing.previous_starts_at
    told = {"date": moment(hearing.starts_at), "before": moment(before) if before else ""}
    # Markup where `moment` answers in it, so that its elements are not escaped.
    return type(told["date"])(_sentence(hearing)) % told


def _sentence(hearing: Hearing) -> str:
    moved = hearing.previous_starts_at is not None
    adjourned = hearing.put_off
    if hearing.status == HearingStatus.HELD:
        return _held(moved=moved, adjourned=adjourned)
    if hearing.status == HearingStatus.CANCELLED:
        return _cancelled(moved=moved, adjourned=adjourned)
    if hearing.without_date:
        return str(_("Adjourned from %(date)s; no new date is known yet."))
    return _expected(moved=moved, adjourned=adjourned, over=hearing.outcome_missing)


def _held(*, moved: bool, adjourned: bool) -> str:
    if adjourned:
        return str(_("Held on %(date)s; adjourned from %(before)s."))
    return str(_("Held on %(date)s; moved from %(before)s.") if moved else _("Held on %(date)s."))


def _cancelled(*, moved: bool, adjourned: bool) -> str:
    if adjourned:
        return str(_("Cancelled; it was set for %(date)s, adjourned from %(before)s."))
    if moved:
        return str(_("Cancelled; it was set for %(date)s, moved from %(before)s."))
    return str(_("Cancelled; it was set for %(date)s."))


def _expected(*, moved: bool, adjourned: bool, over: bool) -> str:
    if adjourned and over:
        return str(_("Adjourned from %(before)s to %(date)s; how it went is not known yet."))
    if adjourned:
        return str(_("Adjourned from %(before)s to %(date)s."))
    if moved and over:
        return str(_("Moved from %(before)s to %(date)s; how it went is not known yet."))
    if moved:
        return str(_("Moved from %(before)s to %(date)s."))
    if over:
        return str(_("Was set for %(date)s; how it went is not known yet."))
    return str(_("Set for %(date)s."))
