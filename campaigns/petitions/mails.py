"""How this room's mails are composed: by the worker, which alone can open addresses."""

from dataclasses import dataclass
from datetime import timedelta
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
from campaigns.mail.messages import (
    build_message,
    never_mail_token,
    never_mail_url,
    render_mail,
    writing_in,
)
from campaigns.petitions.models import (
    AddressChange,
    LinkRequest,
    Petition,
    Signature,
    SignatureState,
)
from campaigns.petitions.queries import (
    find_address_change,
    find_confirmed,
    find_signature_of,
    signed_campaigns,
)
from campaigns.petitions.sealed import open_address, open_request, signature_index
from campaigns.vault.errors import CannotOpen, KeyMissing
from campaigns.vault.keyring import current_keyring, mailer_keys, make_guessing_slow
from campaigns.vault.tokens import TokenPurpose, make_passing_token, make_token

CONFIRM = "petition.confirm"
REPEAT = "petition.repeat"
REMIND = "petition.remind"
LINKS = "petition.links"
MOVE = "petition.move"
LINKS_LAST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SignatureLink:
    """A signature as a mail with links shows it."""

    title: str | None
    # None where the mail must not name the campaign.
    pending: bool
    url: str


PENDING = (SignatureState.PENDING,)
# Whose signature is held is told nothing else than whose counts.
CONFIRMED = (SignatureState.CONFIRMED, SignatureState.HELD)
ABOUT_SIGNATURES = (CONFIRM, REPEAT, REMIND)


def register_mails() -> None:
    """Say how mails about signatures are made."""
    register_composer(CONFIRM, compose=one_by_one(_confirm), still_wanted=_still_pending)
    register_composer(REPEAT, compose=one_by_one(_repeat), still_wanted=_still_there)
    register_composer(REMIND, compose=one_by_one(_remind), still_wanted=_still_pending)
    register_composer(LINKS, compose=one_by_one(_links), still_wanted=still_requested)
    register_composer(MOVE, compose=one_by_one(_move), still_wanted=_still_to_move)


def _confirm(claim: ClaimedDelivery) -> Letter | Withheld | None:
    return _compose(claim, "petitions/confirm", PENDING)


def _repeat(claim: ClaimedDelivery) -> Letter | Withheld | None:
    return _compose(claim, "petitions/repeat", CONFIRMED)


def _remind(claim: ClaimedDelivery) -> Letter | Withheld | None:
    return _compose(claim, "petitions/remind", PENDING, reminding=True)


def _compose(
    claim: ClaimedDelivery,
    template: str,
    states: tuple[SignatureState, ...],
    *,
    reminding: bool = False,
) -> Letter | Withheld | None:
    """Write to one signer. No text typed by a stranger stands in a mail: not even the name.

    Raises KeyMissing: with the key back the mail can still leave.
    """
    row = db.session.execute(
        select(Signature, Campaign)
        .join(Petition, Petition.id == Signature.petition_id)
        .join(Campaign, Campaign.id == Petition.campaign_id)
        .where(Signature.id == UUID(claim.about_id), Signature.state.in_(states))
    ).one_or_none()
    if row is None or (sealed := row[0].sealed_address) is None:
        return None
    signature, campaign = row
    if not is_public(campaign):
        return None
    discreet = campaign.mode == Mode.HIGH_RISK
    if discreet and reminding:
        # It became one of high risk since, which writes once.
        return None
    try:
        address, locale = open_address(sealed, mailer_keys(), campaign.id, signature.id)
        with writing_in(locale):
            rendered = render_mail(
                template,
                title=_title(campaign, locale),
                discreet=discreet,
                confirm_url=_confirm_url(TokenPurpose.CONFIRM_SIGNATURE, signature.id),
                # The one mail of high risk does not even say that something was signed.
                my_signature_url=None if discreet else _ask_url(),
                never_url=never_mail_url(never_mail_token(address)),
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


def _links(claim: ClaimedDelivery) -> Letter | Withheld | None:
    """Write to an address that was typed what it has signed, or that it has signed nothing.

    Both come as mails from outside look alike: who watches a mailbox learns nothing by asking.
    """
    request = db.session.get(LinkRequest, UUID(claim.about_id))
    if request is None:
        return None
    try:
        address, locale = open_request(request.sealed_address, mailer_keys(), request.id)
        with writing_in(locale):
            rendered = render_mail(
                "petitions/links",
                links=_links_of(address, locale),
                days=LINKS_LAST.days,
                never_url=never_mail_url(never_mail_token(address)),
            )
            message = build_message(rendered, recipient=address, message_id=claim.message_id)
        return letter(claim, address, message)
    except (CannotOpen, AddressUnusable):
        return Withheld(claim.id)


def _links_of(address: str, locale: str) -> list[SignatureLink]:
    """Find an address under every campaign's index: the slow ones only where they are needed."""
    links = []
    for petition, campaign in signed_campaigns():
        high_risk = campaign.mode == Mode.HIGH_RISK
        try:
            index = signature_index(current_keyring(), campaign.id, address)
        except KeyMissing:
            # Destroyed with what it indexed.
            continue
        signature = find_signature_of(petition.id, index)
        if signature is None and high_risk:
            signature = find_signature_of(petition.id, make_guessing_slow(index))
        if signature is None:
            continue
        pending = signature.state == SignatureState.PENDING
        nameless = high_risk or not is_public(campaign)
        if pending and not is_public(campaign):
            continue
        links.append(
            SignatureLink(
                title=None if nameless else _title(campaign, locale),
                pending=pending,
                url=_confirm_url(TokenPurpose.CONFIRM_SIGNATURE, signature.id)
                if pending
                else my_signature_url(signature.id),
            )
        )
    return links


def my_signature_url(signature_id: UUID) -> str:
    """Return the link by which its owner sees and changes a signature, for LINKS_LAST."""
    token = make_passing_token(TokenPurpose.MY_SIGNATURE, signature_id)
    return url_for("my_signature.show", token=token, _external=True)


def _move(claim: ClaimedDelivery) -> Letter | Withheld | None:
    """Write to the address a signature is to have from now on."""
    change = find_address_change(UUID(claim.about_id))
    found = find_confirmed(change.signature_id) if change else None
    if change is None or found is None:
        return None
    campaign = found[2]
    discreet = campaign.mode == Mode.HIGH_RISK or not is_public(campaign)
    try:
        address, locale = open_address(
            change.sealed_address, mailer_keys(), campaign.id, change.signature_id
        )
        with writing_in(locale):
            rendered = render_mail(
                "petitions/move",
                title=_title(campaign, locale),
                discreet=discreet,
                confirm_url=_confirm_url(TokenPurpose.MOVE_SIGNATURE, change.id),
                never_url=never_mail_url(never_mail_token(address)),
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


def _title(campaign: Campaign, locale: str) -> str:
    title: str = campaign.translations.get(locale, {}).get("title", campaign.title)
    return title


def _confirm_url(purpose: TokenPurpose, row_id: UUID) -> str:
    return url_for("signing.confirm", token=make_token(purpose, row_id), _external=True)


def _ask_url() -> str:
    return url_for("my_signature.ask", _external=True)


def still_requested(batch: Batch) -> set[int]:
    """Return which of these mails answer a request for links that is still kept."""
    return _those_of(batch, LinkRequest)


def _still_to_move(batch: Batch) -> set[int]:
    return _those_of(batch, AddressChange)


def _those_of(batch: Batch, model: type[LinkRequest] | type[AddressChange]) -> set[int]:
    rows = {claim.id: UUID(claim.about_id) for claim in batch}
    found = set(db.session.scalars(select(model.id).where(model.id.in_(set(rows.values())))))
    return {delivery for delivery, row in rows.items() if row in found}


def _still_pending(batch: Batch) -> set[int]:
    return _those_in(batch, PENDING)


def _still_there(batch: Batch) -> set[int]:
    return _those_in(batch, CONFIRMED)


def _those_in(batch: Batch, states: tuple[SignatureState, ...]) -> set[int]:
    signatures = {claim.id: UUID(claim.about_id) for claim in batch}
    found = set(
        db.session.scalars(
            select(Signature.id).where(
                Signature.id.in_(set(signatures.values())), Signature.state.in_(states)
            )
        )
    )
    return {delivery for delivery, signature in signatures.items() if signature in found}
