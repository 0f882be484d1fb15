"""What a campaign still needs before everybody may see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from campaigns.casefiles.errors import Faults
from campaigns.casefiles.exposure import find_exposed_names, find_names_in_updates
from campaigns.casefiles.queries import stored_case_file
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import NamePolicy
from campaigns.dashboard.starters import UNWRITTEN
from campaigns.petitions.models import Petition
from campaigns.petitions.queries import petition_of
from campaigns.updates.queries import stored_updates
from campaigns.vault.operations import has_campaign_indexes
from campaigns.vault.queries import keys_of


class Part(StrEnum):
    """What of a campaign is edited on a page of its own, by its place in the address."""

    TEXTS = "texts"
    DETAINEES = "detainees"
    PETITION = "petition"
    ABOUT = "about"
    TRANSLATIONS = "translations"


HEADINGS = {
    Part.TEXTS: _l("Texts"),
    Part.DETAINEES: _l("Detainees"),
    Part.PETITION: _l("Petition"),
    Part.ABOUT: _l("Place, language and who runs this"),
    Part.TRANSLATIONS: _l("Translations"),
}
TO_REPLACE = _l("Replace what stands in [[double brackets]] by your own words.")


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is missing, and the part of the campaign it belongs to."""

    part: Part
    words: LazyString


def what_is_missing(campaign: Campaign) -> tuple[Lack, ...]:
    """Return what keeps a campaign from being published, in the order of its parts."""
    petition = petition_of(campaign.id)
    found = (*_texts(campaign), *_people(campaign), *_petition(petition), *_about(campaign))
    if any(exposed_places(campaign)):
        hint = _l("The name of somebody whose name is not public stands in a text: take it out.")
        return (*found, Lack(Part.DETAINEES, hint))
    return found


def exposed_places(campaign: Campaign) -> list[str]:
    """Return where a name stands that must not, as the case file calls the places."""
    faults = Faults()
    case = stored_case_file(campaign.id)
    find_exposed_names(case, faults)
    find_names_in_updates(case.detainees, stored_updates(campaign.id), faults)
    return [fault.place for fault in faults.found]


def _texts(campaign: Campaign) -> Iterator[Lack]:
    if not campaign.title.strip():
        yield Lack(Part.TEXTS, _l("Give the campaign a title."))
    if not campaign.demand.strip():
        yield Lack(Part.TEXTS, _l("Say in one sentence what is demanded."))
    texts = (campaign.title, campaign.summary, campaign.body, campaign.demand)
    if any(UNWRITTEN in text for text in texts):
        yield Lack(Part.TEXTS, TO_REPLACE)


def _people(campaign: Campaign) -> Iterator[Lack]:
    if not campaign.detainees:
        yield Lack(Part.DETAINEES, _l("Add at least one detainee."))
    if any(it.name_policy == NamePolicy.FULL and not it.consent_by for it in campaign.detainees):
        yield Lack(Part.DETAINEES, _l("Say who allowed that a full name is published."))


def _petition(petition: Petition | None) -> Iterator[Lack]:
    if petition is None:
        return
    if not petition.addressee.strip():
        yield Lack(Part.PETITION, _l("Say whom the petition addresses."))
    if not petition.text.strip():
        yield Lack(Part.PETITION, _l("Write what is signed."))
    if any(UNWRITTEN in it for it in (petition.title, petition.text, petition.addressee)):
        yield Lack(Part.PETITION, TO_REPLACE)


def _about(campaign: Campaign) -> Iterator[Lack]:
    if not campaign.run_by_name.strip() or not campaign.run_by_contact.strip():
        yield Lack(Part.ABOUT, _l("Say who runs the campaign, with an address to write to."))
    if not keys_of(campaign.id) or not has_campaign_indexes(campaign.id):
        yield Lack(Part.ABOUT, _l("The campaign's keys are missing: ask whoever runs the server."))
