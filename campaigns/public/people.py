"""What detainees, and what is named after them, are called in public."""

from flask_babel import gettext as _

from campaigns.cases.models import Campaign
from campaigns.cases.names import NameFinder, public_name, public_ref
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


def hidden_names(campaign: Campaign) -> NameFinder:
    """Return a finder of the names that visitors may not read."""
    hidden = [it for it in campaign.detainees if it.name_policy != NamePolicy.FULL]
    return NameFinder(
        name for detainee in hidden for name in (detainee.name, detainee.name_romanised) if name
    )


def safe_ref(hidden: NameFinder, ref: str, otherwise: str) -> str:
    """Return a ref, or another one when somebody's hidden name was used to make it."""
    return otherwise if hidden.stands_in_address(ref) else ref
