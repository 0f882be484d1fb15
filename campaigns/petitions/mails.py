"""How this room's mails are composed: by the worker, which alone can open addresses."""

from uuid import UUID

from flask import url_for
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.cases.queries import is_public
from campaigns.cases.vocabulary import Mode
from campaigns.db import db
from campaigns.mail.claims import ClaimedDelivery
from campaigns.mail.composing import Batch, Letter, Withheld, letter, one_by_one, register_composer
from campaigns.mail.headers import AddressUnusable
from campaigns.mail.messages import build_message, render_mail, writing_in
from campaigns.petitions.models import Petition, Signature, SignatureState
from campaigns.petitions.sealed import open_address
from campaigns.vault.errors import CannotOpen
from campaigns.vault.keyring import mailer_keys
from campaigns.vault.tokens import TokenPurpose, make_token

CONFIRM = "petition.confirm"
REPEAT = "petition.repeat"
ABOUT_SIGNATURES = (CONFIRM, REPEAT)


def register_mails() -> None:
    """Say how mails about signatures are made."""
    register_composer(CONFIRM, compose=one_by_one(_confirm), still_wanted=_still_pending)
    register_composer(REPEAT, compose=one_by_one(_repeat), still_wanted=_still_there)


def _confirm(claim: ClaimedDelivery) -> Letter | Withheld | None:
    return _compose(claim, "petitions/confirm", SignatureState.PENDING)


def _repeat(claim: ClaimedDelivery) -> Letter | Withheld | None:
    return _compose(claim, "petitions/repeat", SignatureState.CONFIRMED)


def _compose(
    claim: ClaimedDelivery, template: str, state: SignatureState
) -> Letter | Withheld | None:
    """Write to one signer. No text typed by a stranger stands in a mail: not even the name.

    Raises KeyMissing: with the key back the mail can still leave.
    """
    row = db.session.execute(
        select(Signature, Campaign)
        .join(Petition, Petition.id == Signature.petition_id)
        .join(Campaign, Campaign.id == Petition.campaign_id)
        .where(Signature.id == UUID(claim.about_id), Signature.state == state)
    ).one_or_none()
    if row is None or (sealed := row[0].sealed_address) is None:
        return None
    signature, campaign = row
    if not is_public(campaign):
        return None
    discreet = campaign.mode == Mode.HIGH_RISK
    try:
        address, locale = open_address(sealed, mailer_keys(), campaign.id, signature.id)
        with writing_in(locale):
            rendered = render_mail(
                template,
                title=campaign.translations.get(locale, {}).get("title", campaign.title),
                discreet=discreet,
                confirm_url=url_for(
                    "signing.confirm",
                    token=make_token(TokenPurpose.CONFIRM_SIGNATURE, signature.id),
                    _external=True,
                ),
                campaign_url=url_for("public.campaign", slug=campaign.slug, _external=True),
            )
            message = build_message(
                rendered,
                recipient=address,
                message_id=claim.message_id,
                reply_to=None if discreet else campaign.run_by_contact,
            )
        return letter(claim, address, message)
    except (CannotOpen, AddressUnusable):
        return Withheld(claim.id)


def _still_pending(batch: Batch) -> set[int]:
    return _those_in(batch, SignatureState.PENDING)


def _still_there(batch: Batch) -> set[int]:
    return _those_in(batch, SignatureState.CONFIRMED)


def _those_in(batch: Batch, state: SignatureState) -> set[int]:
    signatures = {claim.id: UUID(claim.about_id) for claim in batch}
    found = set(
        db.session.scalars(
            select(Signature.id).where(
                Signature.id.in_(set(signatures.values())), Signature.state == state
            )
        )
    )
    return {delivery for delivery, signature in signatures.items() if signature in found}
