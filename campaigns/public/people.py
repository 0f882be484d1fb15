"""What detainees, and what is named after them, are called in public."""

from flask_babel import gettext as _

from campaigns.cases.models import Campaign
from campaigns.cases.names import public_name, public_ref, words_of
from campaigns.cases.vocabulary import NamePolicy
from campaigns.public.snapshot import PersonSnapshot


def person_snapshots(campaign: Campaign) -> dict[int, PersonSnapshot]:
    """Return how each detainee of a campaign is called, by id."""
    people = {}
    for detainee in campaign.detainees:
        shown = public_name(
            detainee.name,
            detainee.name_romanised,
            detainee.name_policy,
            withheld=_("Name withheld"),
            position=detainee.position,
            siblings=len(campaign.detainees),
        )
        people[detainee.id] = PersonSnapshot(
            id=detainee.id,
            ref=public_ref(detainee.ref, detainee.name_policy, detainee.position),
            name=shown.name,
            name_romanised=shown.name_romanised,
        )
    return people


def hidden_words(campaign: Campaign) -> frozenset[str]:
    """Return the words of the names that visitors may not read, in every script they are given."""
    hidden = [it for it in campaign.detainees if it.name_policy != NamePolicy.FULL]
    names = [name for it in hidden for name in (it.name, it.name_romanised) if name]
    return frozenset(
        word for name in names for word in words_of(name) if len(word) > 1 and not word.isdigit()
    )


def safe_ref(hidden: frozenset[str], ref: str, otherwise: str) -> str:
    """Return a ref, or another one when a word of somebody's hidden name was used to make it.

    A ref tells visitors nothing they need, so that it may be replaced too often.
    """
    words = words_of(ref)
    joined = "".join(words)
    exposed = any(word in words or (len(word) > 3 and word in joined) for word in hidden)
    return otherwise if exposed else ref
