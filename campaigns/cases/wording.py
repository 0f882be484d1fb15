"""How the values, dates and numbers of a case read, in the language of the page or mail.

Labels are lazy: they are translated when they are shown, not when this module is loaded.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from flask_babel import LazyString, get_locale, gettext, ngettext
from flask_babel import lazy_gettext as _l

from campaigns.cases.custody import Place
from campaigns.cases.dates import DateFault, PartialDate, Precision
from campaigns.cases.days import DayRange
from campaigns.cases.doubts import EntryDoubt
from campaigns.cases.status import Status
from campaigns.cases.transitions import TransitionWarning
from campaigns.cases.typed_dates import TypedDateFault
from campaigns.cases.vocabulary import (
    ActorKind,
    AppealBy,
    BailStatus,
    CampaignState,
    Colour,
    Condition,
    Confidence,
    ConsentBy,
    Custody,
    Disclosure,
    EventGroup,
    EventKind,
    HearingStatus,
    LegalStatus,
    Mode,
    NamePolicy,
    RevisedPart,
    SourceKind,
    Stance,
    StateLink,
)

LABELS: Final[Mapping[type[StrEnum], Mapping[StrEnum, LazyString]]] = {
    CampaignState: {
        CampaignState.DRAFT: _l("Draft"),
        CampaignState.PUBLISHED: _l("Published"),
        CampaignState.CLOSED: _l("Closed"),
        CampaignState.ARCHIVED: _l("Archived"),
        CampaignState.REMOVED: _l("Removed"),
    },
    RevisedPart: {
        RevisedPart.CAMPAIGN: _l("Campaign"),
        RevisedPart.DETAINEE: _l("Detainee"),
        RevisedPart.ARTICLE: _l("Article"),
        RevisedPart.EVENT: _l("Entry"),
        RevisedPart.UPDATE: _l("Update"),
    },
    EventGroup: {
        EventGroup.CUSTODY: _l("Custody"),
        EventGroup.LEGAL: _l("Charges and trial"),
        EventGroup.BAIL: _l("Bail"),
        EventGroup.HEARING: _l("Hearing"),
        EventGroup.CONDITION: _l("Conditions"),
        EventGroup.CAMPAIGN: _l("Campaign"),
    },
    Mode: {
        Mode.STANDARD: _l("Standard"),
        Mode.HIGH_RISK: _l("High risk"),
    },
    Colour: {
        Colour.VERMILION: _l("Vermilion"),
        Colour.MADDER: _l("Madder"),
        Colour.INDIGO: _l("Indigo"),
        Colour.PINE: _l("Pine"),
        Colour.OCHRE: _l("Ochre"),
        Colour.PLUM: _l("Plum"),
    },
    NamePolicy: {
        NamePolicy.FULL: _l("Full name"),
        NamePolicy.INITIALS: _l("Initials"),
        NamePolicy.WITHHELD: _l("Name withheld"),
    },
    ConsentBy: {
        ConsentBy.SELF: _l("The detainee"),
        ConsentBy.FAMILY: _l("The family"),
        ConsentBy.LAWYER: _l("The lawyer"),
        ConsentBy.PUBLIC_RECORD: _l("Public record"),
    },
    SourceKind: {
        SourceKind.FAMILY: _l("Family"),
        SourceKind.LAWYER: _l("Lawyer"),
        SourceKind.COURT: _l("Court"),
        SourceKind.OFFICIAL: _l("Official source"),
        SourceKind.PRESS: _l("Press"),
        SourceKind.ORGANISATION: _l("Organisation"),
        SourceKind.WITNESS: _l("Witness"),
        SourceKind.OTHER: _l("Other source"),
    },
    Confidence: {
        Confidence.CONFIRMED: _l("Confirmed"),
        Confidence.LIKELY: _l("Likely"),
        Confidence.POSSIBLE: _l("Possible"),
        Confidence.UNLIKELY: _l("Unlikely"),
        Confidence.UNKNOWN: _l("Confidence unknown"),
    },
    Stance: {
        Stance.SUPPORTS: _l("Supports this"),
        Stance.CONTRADICTS: _l("Contradicts this"),
        Stance.MENTIONS: _l("Mentions this"),
    },
    Disclosure: {
        Disclosure.DISCLOSED: _l("Place disclosed by the authority"),
        Disclosure.WITHHELD: _l("Place withheld by the authority"),
        Disclosure.DENIED: _l("Custody denied by the authority"),
    },
    ActorKind: {
        ActorKind.POLICE: _l("Police"),
        ActorKind.PARAMILITARY: _l("Paramilitary"),
        ActorKind.MILITARY: _l("Military"),
        ActorKind.INTELLIGENCE: _l("Intelligence service"),
        ActorKind.COURT: _l("Court"),
        ActorKind.PRISON: _l("Prison"),
        ActorKind.GOVERNMENT: _l("Government"),
        ActorKind.NON_STATE: _l("Non-state group"),
        ActorKind.UNKNOWN: _l("Unknown actor"),
    },
    StateLink: {
        StateLink.YES: _l("Linked to the state"),
        StateLink.NO: _l("Not linked to the state"),
        StateLink.UNKNOWN: _l("Link to the state unknown"),
    },
    HearingStatus: {
        HearingStatus.SCHEDULED: _l("Scheduled"),
        HearingStatus.HELD: _l("Held"),
        HearingStatus.ADJOURNED: _l("Adjourned"),
        HearingStatus.CANCELLED: _l("Cancelled"),
    },
    AppealBy: {
        AppealBy.PROSECUTION: _l("by the prosecution"),
        AppealBy.DEFENCE: _l("by the defence"),
        AppealBy.OTHER: _l("by another party"),
    },
    EventKind: {
        EventKind.MISSING: _l("Reported missing"),
        EventKind.ABDUCTED: _l("Abducted"),
        EventKind.FORCIBLY_DISAPPEARED: _l("Forcibly disappeared"),
        EventKind.ARRESTED: _l("Arrested"),
        EventKind.DETAINED: _l("Detained"),
        EventKind.CUSTODY_ACKNOWLEDGED: _l("Custody acknowledged"),
        EventKind.CUSTODY_DENIED: _l("Custody denied"),
        EventKind.REMANDED_POLICE: _l("Remanded in police custody"),
        EventKind.REMANDED_JUDICIAL: _l("Remanded in judicial custody"),
        EventKind.ADMINISTRATIVE_DETENTION: _l("Placed in administrative detention"),
        EventKind.IMPRISONED: _l("Imprisoned"),
        EventKind.HOUSE_ARREST: _l("Placed under house arrest"),
        EventKind.TRANSFERRED: _l("Transferred"),
        EventKind.RELEASED_ON_BAIL: _l("Released on bail"),
        EventKind.RELEASED_CONDITIONALLY: _l("Released on conditions"),
        EventKind.RELEASED: _l("Released"),
        EventKind.ESCAPED: _l("Escaped"),
        EventKind.EXILED: _l("Exiled"),
        EventKind.DIED_IN_CUSTODY: _l("Died in custody"),
        EventKind.DIED: _l("Died"),
        EventKind.INVESTIGATION_OPENED: _l("Investigation opened"),
        EventKind.CHARGED: _l("Charged"),
        EventKind.TRIAL_OPENED: _l("Trial opened"),
        EventKind.CONVICTED: _l("Convicted"),
        EventKind.ACQUITTED: _l("Acquitted"),
        EventKind.CHARGES_DROPPED: _l("Charges dropped"),
        EventKind.CASE_DISMISSED: _l("Case dismissed"),
        EventKind.APPEAL_FILED: _l("Appeal filed"),
        EventKind.CONVICTION_UPHELD: _l("Conviction upheld"),
        EventKind.CONVICTION_OVERTURNED: _l("Conviction overturned"),
        EventKind.SENTENCE_SERVED: _l("Sentence served"),
        EventKind.PARDONED: _l("Pardoned"),
        EventKind.BAIL_APPLIED: _l("Bail applied for"),
        EventKind.BAIL_DENIED: _l("Bail denied"),
        EventKind.BAIL_GRANTED: _l("Bail granted"),
        EventKind.BAIL_CANCELLED: _l("Bail cancelled"),
        EventKind.HEARING: _l("Hearing"),
        EventKind.HUNGER_STRIKE_BEGAN: _l("Hunger strike began"),
        EventKind.HUNGER_STRIKE_ENDED: _l("Hunger strike ended"),
        EventKind.INCOMMUNICADO_BEGAN: _l("Cut off from family and lawyers"),
        EventKind.INCOMMUNICADO_ENDED: _l("In contact again with family or lawyers"),
        EventKind.SOLITARY_BEGAN: _l("Solitary confinement began"),
        EventKind.SOLITARY_ENDED: _l("Solitary confinement ended"),
        EventKind.HEALTH_EMERGENCY_BEGAN: _l("Health emergency began"),
        EventKind.HEALTH_EMERGENCY_ENDED: _l("Health emergency ended"),
        EventKind.ILL_TREATMENT_ALLEGED: _l("Ill-treatment alleged"),
        EventKind.PROTEST: _l("Protest"),
        EventKind.STATEMENT: _l("Statement"),
        EventKind.PETITION_HANDOVER: _l("Petition handed over"),
        EventKind.LETTER: _l("Letter"),
        EventKind.MEDIA: _l("In the media"),
        EventKind.OTHER: _l("Other entry"),
    },
    Custody: {
        Custody.UNKNOWN: _l("Custody unknown"),
        Custody.WANTED: _l("Wanted"),
        Custody.MISSING: _l("Missing"),
        Custody.ABDUCTED: _l("Abducted"),
        Custody.FORCIBLY_DISAPPEARED: _l("Disappeared"),
        Custody.DETAINED: _l("Detained"),
        Custody.POLICE_CUSTODY: _l("In police custody"),
        Custody.JUDICIAL_CUSTODY: _l("In judicial custody"),
        Custody.ADMINISTRATIVE_DETENTION: _l("In administrative detention"),
        Custody.IMPRISONED: _l("In prison"),
        Custody.HOUSE_ARREST: _l("Under house arrest"),
        Custody.RELEASED_ON_BAIL: _l("Released on bail"),
        Custody.RELEASED_CONDITIONAL: _l("Released on conditions"),
        Custody.RELEASED: _l("Released"),
        Custody.ESCAPED: _l("Escaped"),
        Custody.EXILED: _l("In exile"),
        Custody.DIED_IN_CUSTODY: _l("Died in custody"),
        Custody.DIED: _l("Died"),
    },
    LegalStatus: {
        LegalStatus.NONE_KNOWN: _l("No charge known"),
        LegalStatus.NOT_CHARGED: _l("Not charged"),
        LegalStatus.UNDER_INVESTIGATION: _l("Under investigation"),
        LegalStatus.CHARGED: _l("Charged"),
        LegalStatus.ON_TRIAL: _l("On trial"),
        LegalStatus.CONVICTED: _l("Convicted"),
        LegalStatus.ACQUITTED: _l("Acquitted"),
        LegalStatus.CHARGES_DROPPED: _l("Charges dropped"),
        LegalStatus.DISMISSED: _l("Case dismissed"),
        LegalStatus.UNDER_APPEAL: _l("Under appeal"),
        LegalStatus.SENTENCE_SERVED: _l("Sentence served"),
        LegalStatus.PARDONED: _l("Pardoned"),
    },
    BailStatus: {
        BailStatus.NONE: _l("No bail known"),
        BailStatus.APPLIED: _l("Bail applied for"),
        BailStatus.DENIED: _l("Bail denied"),
        BailStatus.GRANTED_NOT_EXECUTED: _l("Bail granted, not yet released"),
        BailStatus.EXECUTED: _l("Released on bail"),
        BailStatus.CANCELLED: _l("Bail cancelled"),
    },
    Condition: {
        Condition.HUNGER_STRIKE: _l("On hunger strike"),
        Condition.INCOMMUNICADO: _l("Held incommunicado"),
        Condition.SOLITARY: _l("In solitary confinement"),
        Condition.HEALTH_EMERGENCY: _l("Health emergency"),
        Condition.ILL_TREATMENT_ALLEGED: _l("Ill-treatment alleged"),
    },
    Precision: {
        Precision.TIME: _l("Day and time"),
        Precision.DAY: _l("Day"),
        Precision.MONTH: _l("Month"),
        Precision.YEAR: _l("Year"),
        Precision.UNKNOWN: _l("Date unknown"),
    },
    DateFault: {
        DateFault.SHAPE: _l(
            "Write the date as 2018-04-22, 2018-04, 2018, 2018-04~ or 2019-11-28/2019-12-01,"
            " or leave it empty."
        ),
        DateFault.IMPOSSIBLE_DAY: _l("There is no such day in the calendar."),
        DateFault.IMPOSSIBLE_TIME: _l(
            "There is no such time of day: write it from 00:00 to 23:59."
        ),
        DateFault.UPSIDE_DOWN: _l("The range ends before it begins."),
        DateFault.OPEN_AT_BOTH_ENDS: _l(
            "A range needs at least one end: leave the date empty if it is unknown."
        ),
        DateFault.APPROXIMATE_TIME: _l("A date with a time cannot be approximate."),
        DateFault.QUALIFIED_END: _l(
            "The ends of a range are days, months or years, without a time and without ~."
        ),
    },
    TypedDateFault: {
        TypedDateFault.UNREADABLE: _l(
            "Write the date like 22 April 2018, April 2018, yesterday, or between 28 Nov and 1 Dec."
        ),
        TypedDateFault.AMBIGUOUS: _l(
            "This can be two different days: write the month as a word, as in 3 April 2018."
        ),
        TypedDateFault.SHORT_YEAR: _l("Write the year with four digits."),
    },
    TransitionWarning: {
        TransitionWarning.STILL_HELD: _l("Still held according to earlier entries."),
        TransitionWarning.NOT_HELD: _l("Not held according to earlier entries."),
        TransitionWarning.ALREADY_DEAD: _l("Dead according to earlier entries."),
        TransitionWarning.NOT_LATEST: _l(
            "A later entry already decides: this one goes into the history."
        ),
        TransitionWarning.CONDITION_GOES_ON: _l(
            "That has begun already according to earlier entries."
        ),
        TransitionWarning.CONDITION_NOT_BEGUN: _l("No earlier entry says that this began."),
    },
    EntryDoubt: {
        EntryDoubt.NO_SOURCE: _l("No source is given: the page will say so."),
        EntryDoubt.LONG_AGO: _l("This is more than twenty years ago: is the year right?"),
        EntryDoubt.LIKE_ANOTHER: _l("There is an entry of the same kind on the same day already."),
        EntryDoubt.TRANSLATION_BEHIND: _l(
            "What it says is changed, and not what a translation says: is that still right?"
        ),
        EntryDoubt.LEARNED_BEFORE: _l("You learned it before it happened: is the date right?"),
        EntryDoubt.HELD_AHEAD: _l("This hearing is still to come: was it held already?"),
        EntryDoubt.OUTCOME_MISSING: _l("The day of this hearing is over: how did it go?"),
    },
}


def label(value: StrEnum) -> LazyString:
    """The words for a value of any closed list, looked up by its type as well as its text."""
    return LABELS[type(value)][value]


def headline(status: Status) -> str:
    """The words of the status band: custody, and whether the whereabouts are known."""
    return _custody_words(status.custody.value, status.place)


def _custody_words(custody: Custody, place: Place) -> str:
    if place.text is None:
        if custody is Custody.ABDUCTED:
            return str(gettext("Abducted: whereabouts unknown"))
        if custody is Custody.FORCIBLY_DISAPPEARED:
            return str(gettext("Disappeared: whereabouts unknown"))
    return str(label(custody))


def date_in_words(when: PartialDate) -> str:
    """A date as far as it is known: "April 2018", "between 28 November and 1 December 2019"."""
    if not when.known:
        return str(gettext("date unknown"))
    if when.ends is not None:
        return _range_in_words(*when.ends)
    words = _written_out(when)
    return str(gettext("about %(date)s", date=words)) if when.approximate else words


def dated_in_words(when: PartialDate) -> str:
    """How a date was understood, said back in a sentence."""
    if not when.known:
        return str(gettext("Its date is not known."))
    return str(gettext("It is dated %(date)s.", date=date_in_words(when)))


def since_in_words(when: PartialDate | None) -> str:
    """The same after "since", so that it still reads: "since 26 April 2018 at the latest"."""
    if when is None or not when.known:
        return str(gettext("since an unknown date"))
    if when.ends is None:
        return str(gettext("since %(date)s", date=date_in_words(when)))
    first, last = when.ends
    if first is None and last is not None:
        return str(gettext("since %(date)s at the latest", date=_written_out(last)))
    if last is None and first is not None:
        return str(gettext("since %(date)s at the earliest", date=_written_out(first)))
    return str(gettext("since a day %(range)s", range=date_in_words(when)))


def days_in_words(days: DayRange) -> str:
    """A number of days, never in months or years: "1,412 days", "124–127 days"."""
    least, most = (format_decimal(it, locale=_locale()) for it in (days.min, days.max))
    if days.at_least:
        if days.min == 0:
            return str(gettext("number of days unknown"))
        return str(
            ngettext("at least %(count)s day", "at least %(count)s days", days.min, count=least)
        )
    if days.max == 0:
        return str(gettext("less than a day"))
    count = most if days.min == days.max else f"{least}–{most}"
    if days.approximate:
        return str(ngettext("about %(count)s day", "about %(count)s days", days.max, count=count))
    return str(ngettext("%(count)s day", "%(count)s days", days.max, count=count))


def _range_in_words(first: PartialDate | None, last: PartialDate | None) -> str:
    if last is None:
        return str(gettext("%(date)s or later", date=_written_out(first))) if first else ""
    if first is None:
        return str(gettext("by %(date)s", date=_written_out(last)))
    if first == last:
        return _written_out(first)
    return str(
        gettext(
            "between %(first)s and %(last)s",
            first=_without_shared_year(first, last),
            last=_written_out(last),
        )
    )


def _locale() -> Locale:
    """The language of display; plain English reads as British English, the source language."""
    locale = get_locale()
    if not isinstance(locale, Locale) or str(locale) == "en":
        return Locale("en", "GB")
    return locale


def _written_out(when: PartialDate) -> str:
    locale = _locale()
    if when.precision is Precision.YEAR:
        return format_skeleton("y", when.earliest, locale=locale)
    if when.precision is Precision.MONTH:
        return format_skeleton("yMMMM", when.earliest, locale=locale)
    day = format_date(when.earliest, "long", locale=locale)
    if when.time is None:
        return day
    return str(gettext("%(date)s, %(time)s", date=day, time=when.time.strftime("%H:%M")))


def _without_shared_year(first: PartialDate, last: PartialDate) -> str:
    """The first date of a range, without its year where the last one's, at the end, serves both."""
    locale = _locale()
    begins, ends = first.earliest, last.earliest
    year_comes_last = locale.date_formats["long"].pattern.endswith("y")
    if begins is not None and ends is not None and begins.year == ends.year and year_comes_last:
        if first.precision is last.precision is Precision.DAY:
            return format_skeleton("MMMMd", begins, locale=locale)
        if first.precision is last.precision is Precision.MONTH:
            return format_date(begins, "LLLL", locale=locale)
    return _written_out(first)
