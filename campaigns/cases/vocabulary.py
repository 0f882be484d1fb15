"""The closed lists of values a case may use, as they stand in case files, JSON and the database.

The terms follow HURIDOCS' micro-thesauri (types of act, types of detention) and the
Press Freedom Tracker's status of charges.
"""

from enum import StrEnum


class CampaignState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    ARCHIVED = "archived"
    REMOVED = "removed"


class Mode(StrEnum):
    STANDARD = "standard"
    HIGH_RISK = "high_risk"


class Colour(StrEnum):
    VERMILION = "vermilion"
    MADDER = "madder"
    INDIGO = "indigo"
    PINE = "pine"
    OCHRE = "ochre"
    PLUM = "plum"


class NamePolicy(StrEnum):
    FULL = "full"
    INITIALS = "initials"
    WITHHELD = "withheld"


class ConsentBy(StrEnum):
    SELF = "self"
    FAMILY = "family"
    LAWYER = "lawyer"
    PUBLIC_RECORD = "public_record"


class SourceKind(StrEnum):
    FAMILY = "family"
    LAWYER = "lawyer"
    COURT = "court"
    OFFICIAL = "official"
    PRESS = "press"
    ORGANISATION = "organisation"
    WITNESS = "witness"
    OTHER = "other"


class Confidence(StrEnum):
    CONFIRMED = "confirmed"
    LIKELY = "likely"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"
    UNKNOWN = "unknown"


class Stance(StrEnum):
    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    MENTIONS = "mentions"


class Disclosure(StrEnum):
    DISCLOSED = "disclosed"
    WITHHELD = "withheld"
    DENIED = "denied"


class ActorKind(StrEnum):
    POLICE = "police"
    PARAMILITARY = "paramilitary"
    MILITARY = "military"
    INTELLIGENCE = "intelligence"
    COURT = "court"
    PRISON = "prison"
    GOVERNMENT = "government"
    NON_STATE = "non_state"
    UNKNOWN = "unknown"


class StateLink(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class HearingStatus(StrEnum):
    SCHEDULED = "scheduled"
    HELD = "held"
    ADJOURNED = "adjourned"
    CANCELLED = "cancelled"


class AppealBy(StrEnum):
    PROSECUTION = "prosecution"
    DEFENCE = "defence"
    OTHER = "other"


class EventKind(StrEnum):
    MISSING = "missing"
    ABDUCTED = "abducted"
    FORCIBLY_DISAPPEARED = "forcibly_disappeared"
    ARRESTED = "arrested"
    DETAINED = "detained"
    CUSTODY_ACKNOWLEDGED = "custody_acknowledged"
    CUSTODY_DENIED = "custody_denied"
    REMANDED_POLICE = "remanded_police"
    REMANDED_JUDICIAL = "remanded_judicial"
    ADMINISTRATIVE_DETENTION = "administrative_detention"
    IMPRISONED = "imprisoned"
    HOUSE_ARREST = "house_arrest"
    TRANSFERRED = "transferred"
    RELEASED_ON_BAIL = "released_on_bail"
    RELEASED_CONDITIONALLY = "released_conditionally"
    RELEASED = "released"
    ESCAPED = "escaped"
    EXILED = "exiled"
    DIED_IN_CUSTODY = "died_in_custody"
    DIED = "died"

    INVESTIGATION_OPENED = "investigation_opened"
    CHARGED = "charged"
    TRIAL_OPENED = "trial_opened"
    CONVICTED = "convicted"
    ACQUITTED = "acquitted"
    CHARGES_DROPPED = "charges_dropped"
    CASE_DISMISSED = "case_dismissed"
    APPEAL_FILED = "appeal_filed"
    CONVICTION_UPHELD = "conviction_upheld"
    CONVICTION_OVERTURNED = "conviction_overturned"
    SENTENCE_SERVED = "sentence_served"
    PARDONED = "pardoned"

    BAIL_APPLIED = "bail_applied"
    BAIL_DENIED = "bail_denied"
    BAIL_GRANTED = "bail_granted"
    BAIL_CANCELLED = "bail_cancelled"

    HEARING = "hearing"

    HUNGER_STRIKE_BEGAN = "hunger_strike_began"
    HUNGER_STRIKE_ENDED = "hunger_strike_ended"
    INCOMMUNICADO_BEGAN = "incommunicado_began"
    INCOMMUNICADO_ENDED = "incommunicado_ended"
    SOLITARY_BEGAN = "solitary_began"
    SOLITARY_ENDED = "solitary_ended"
    HEALTH_EMERGENCY_BEGAN = "health_emergency_began"
    HEALTH_EMERGENCY_ENDED = "health_emergency_ended"
    ILL_TREATMENT_ALLEGED = "ill_treatment_alleged"

    PROTEST = "protest"
    STATEMENT = "statement"
    PETITION_HANDOVER = "petition_handover"
    LETTER = "letter"
    MEDIA = "media"
    OTHER = "other"


class Custody(StrEnum):
    UNKNOWN = "unknown"
    WANTED = "wanted"
    MISSING = "missing"
    ABDUCTED = "abducted"
    FORCIBLY_DISAPPEARED = "forcibly_disappeared"
    DETAINED = "detained"
    POLICE_CUSTODY = "police_custody"
    JUDICIAL_CUSTODY = "judicial_custody"
    ADMINISTRATIVE_DETENTION = "administrative_detention"
    IMPRISONED = "imprisoned"
    HOUSE_ARREST = "house_arrest"
    RELEASED_ON_BAIL = "released_on_bail"
    RELEASED_CONDITIONAL = "released_conditional"
    RELEASED = "released"
    ESCAPED = "escaped"
    EXILED = "exiled"
    DIED_IN_CUSTODY = "died_in_custody"
    DIED = "died"


class LegalStatus(StrEnum):
    NONE_KNOWN = "none_known"
    NOT_CHARGED = "not_charged"
    UNDER_INVESTIGATION = "under_investigation"
    CHARGED = "charged"
    ON_TRIAL = "on_trial"
    CONVICTED = "convicted"
    ACQUITTED = "acquitted"
    CHARGES_DROPPED = "charges_dropped"
    DISMISSED = "dismissed"
    UNDER_APPEAL = "under_appeal"
    SENTENCE_SERVED = "sentence_served"
    PARDONED = "pardoned"


class BailStatus(StrEnum):
    NONE = "none"
    APPLIED = "applied"
    DENIED = "denied"
    GRANTED_NOT_EXECUTED = "granted_not_executed"
    EXECUTED = "executed"
    CANCELLED = "cancelled"


class Condition(StrEnum):
    HUNGER_STRIKE = "hunger_strike"
    INCOMMUNICADO = "incommunicado"
    SOLITARY = "solitary"
    HEALTH_EMERGENCY = "health_emergency"
    ILL_TREATMENT_ALLEGED = "ill_treatment_alleged"


class RevisedPart(StrEnum):
    """What of a case has a history."""

    CAMPAIGN = "campaign"
    DETAINEE = "detainee"
    ARTICLE = "article"
    EVENT = "event"
    UPDATE = "update"


class EventGroup(StrEnum):
    """What an event is about, for choosing its kind."""

    CUSTODY = "custody"
    LEGAL = "legal"
    BAIL = "bail"
    HEARING = "hearing"
    CONDITION = "condition"
    CAMPAIGN = "campaign"


_KINDS = tuple(EventKind)


def _from_to(first: EventKind, last: EventKind) -> tuple[EventKind, ...]:
    return _KINDS[_KINDS.index(first) : _KINDS.index(last) + 1]


KINDS_OF = {
    EventGroup.CUSTODY: _from_to(EventKind.MISSING, EventKind.DIED),
    EventGroup.LEGAL: _from_to(EventKind.INVESTIGATION_OPENED, EventKind.PARDONED),
    EventGroup.BAIL: _from_to(EventKind.BAIL_APPLIED, EventKind.BAIL_CANCELLED),
    EventGroup.HEARING: (EventKind.HEARING,),
    EventGroup.CONDITION: _from_to(EventKind.HUNGER_STRIKE_BEGAN, EventKind.ILL_TREATMENT_ALLEGED),
    EventGroup.CAMPAIGN: _from_to(EventKind.PROTEST, EventKind.OTHER),
}
