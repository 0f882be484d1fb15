"""What a petition says and whether it can be signed: frozen with its first signature."""

from datetime import date
from typing import Any

from campaigns.cases.models import Campaign
from campaigns.cases.operations import touch
from campaigns.db import db
from campaigns.petitions.errors import AddresseeFixed, TextFrozen
from campaigns.petitions.models import EarlierText, Petition, PetitionState, Tally
from campaigns.petitions.queries import count_signatures, is_signed, petition_of
from campaigns.petitions.tallies import record_goals
from campaigns.vault.addresses import RULES


def put_petition(campaign: Campaign, *, as_new_version: bool = False, **content: Any) -> Petition:
    """Make a campaign's petition or change it; `content` holds columns of `Petition` by name.

    Once somebody signed, another title, text or translation of them is a new version, and only if
    asked for: else raises TextFrozen. The addressee stays, because whoever let a name be handed
    over was told to whom: else raises AddresseeFixed.
    """
    petition = petition_of(campaign.id)
    if petition is None:
        petition = Petition(campaign_id=campaign.id, address_rules=RULES, tally=Tally(online=0))
    elif is_signed(petition):
        if content.get("addressee", petition.addressee) != petition.addressee:
            raise AddresseeFixed
        if changes_text(petition, content):
            if not as_new_version:
                raise TextFrozen
            keep_text(petition, campaign.today)
    for name, value in content.items():
        setattr(petition, name, value)
    db.session.add(petition)
    db.session.flush()
    touch(campaign)
    record_goals(petition.id)
    return petition


def changes_text(petition: Petition, content: dict[str, Any]) -> bool:
    """Return whether something that was signed would read otherwise; a new language does not."""
    texts = {"title": petition.title, "text": petition.text}
    translations = content.get("translations", petition.translations)
    return any(content.get(name, text) != text for name, text in texts.items()) or any(
        translations.get(locale) != words for locale, words in petition.translations.items()
    )


def keep_text(petition: Petition, today: date) -> None:
    """Keep what a petition says as what was signed so far, before it is changed."""
    petition.earlier.append(
        EarlierText(
            version=petition.text_version,
            title=petition.title,
            text=petition.text,
            translations=petition.translations,
            replaced_on=today,
            signed=sum(count_signatures(petition.id)),
        )
    )
    petition.text_version += 1


def set_petition_state(campaign: Campaign, petition: Petition, state: PetitionState) -> None:
    """Let a petition be signed, or say why it cannot be any more."""
    petition.state = state
    db.session.flush()
    touch(campaign)
