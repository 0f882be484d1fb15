"""What signers see and change of what they gave, by a link mailed to the address they signed with.

Who asks for the link is answered alike whether the address has signed or not. Opening a link
changes nothing; what cannot be taken back has a page with a button of its own.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from babel import Locale
from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response

from campaigns.cases.models import Campaign
from campaigns.cases.queries import is_public
from campaigns.cases.vocabulary import Mode
from campaigns.config import current_settings
from campaigns.db import db, only_reading
from campaigns.petitions.changes import (
    ask_to_move,
    change_signature,
    hold_signature,
    request_links,
    request_of,
    withdraw_signature,
)
from campaigns.petitions.errors import NameNeeded, SignatureGone, TermsChanged
from campaigns.petitions.forms import AddressForm, ChangeForm
from campaigns.petitions.mails import LINKS_LAST
from campaigns.petitions.models import HandoverNames, Petition, Signature
from campaigns.petitions.operations import Ticks
from campaigns.petitions.queries import find_confirmed, has_moved_since, is_shown
from campaigns.petitions.sealed import SealedName, seal_address, seal_name, seal_request
from campaigns.public.signing import todays_index
from campaigns.updates.operations import end_enrolment, renew_enrolment
from campaigns.updates.queries import has_left
from campaigns.vault.errors import TokenExpired
from campaigns.vault.keyring import IndexPurpose, current_keyring
from campaigns.vault.tokens import TokenPurpose, read_passing_token
from campaigns.web.finished import expire_finished

bp = Blueprint("my_signature", __name__)
Answer = Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Given:
    """What the server knows of a signature: not the name, which is sealed."""

    id: UUID
    campaign_id: int
    slug: str | None
    title: str | None
    # Both None where visitors may not see the campaign.
    colour: str
    contact: str
    high_risk: bool
    addressee: str | None
    # None where no names are handed over.
    ticks: Ticks
    country: str | None
    confirmed_on: date | None


@bp.get("/my-signature")
def ask() -> str:
    """Type your address, and the links are mailed."""
    return render_template("petitions/my_signature_ask.html", form=AddressForm())


@bp.post("/my-signature")
def send_links() -> Answer:
    """Have the links mailed; the answer is the same for an address that has signed nothing."""
    form = AddressForm(request.form)
    if not form.validate():
        return render_template("petitions/my_signature_ask.html", form=form), 422
    if not form.website.data:
        # As it was typed: another spelling, which may not arrive, takes nobody's mail away.
        mailbox = todays_index(IndexPurpose.MAILBOX_CAP, (form.email.data or "").lower())
        request_id = request_of(mailbox)
        with only_reading():
            sealed = seal_request(
                current_keyring(),
                request_id,
                email=form.email.data or "",
                locale=str(get_locale()),
            )
        request_links(request_id, sealed)
        db.session.commit()
    return redirect(url_for("my_signature.sent"), 303)


@bp.get("/my-signature/sent")
def sent() -> str:
    """What mail to look for now; the same page for everyone."""
    return render_template(
        "petitions/my_signature_sent.html",
        sender=current_settings().mail_default_sender,
        days=LINKS_LAST.days,
    )


@bp.get("/my-signature/<token>")
def show(token: str) -> str:
    """What was given, and everything that can be changed about it."""
    given = _given(token)
    return _page(token, given, _form_of(given), AddressForm())


@bp.post("/my-signature/<token>")
def change(token: str) -> Answer:
    """Change the ticks, and the name and comment if others were typed."""
    form = ChangeForm(request.form)
    with only_reading():
        given = _given(token)
        ticks = _allowed(given, form)
        if not form.validate(shown=given.ticks.show_name):
            return _page(token, given, form, AddressForm()), 422
        words = _seal_words(given, form, ticks)
    try:
        change_signature(given.id, ticks, words)
    except (SignatureGone, NameNeeded):
        # Changed in another window since this one was read: show what it is now.
        return redirect(url_for("my_signature.show", token=token), 303)
    if ticks.updates:
        renew_enrolment(given.id)
    else:
        end_enrolment(given.id)
    db.session.commit()
    expire_finished()
    return redirect(url_for("my_signature.show", token=token, done="changed"), 303)


@bp.post("/my-signature/<token>/address")
def change_address(token: str) -> Answer:
    """Have another address confirmed; until then the old one stays."""
    form = AddressForm(request.form)
    with only_reading():
        given = _given(token)
        if not form.validate():
            return _page(token, given, _form_of(given), form), 422
    with only_reading():
        sealed = seal_address(
            current_keyring(),
            given.campaign_id,
            given.id,
            email=form.email.data or "",
            locale=str(get_locale()),
            high_risk=given.high_risk,
        )
    try:
        ask_to_move(given.id, sealed)
    except SignatureGone:
        return _gone()
    except TermsChanged:
        db.session.rollback()
        return change_address(token)
    db.session.commit()
    return redirect(url_for("my_signature.show", token=token, done="asked"), 303)


@bp.get("/my-signature/<token>/withdrawal")
def withdrawal(token: str) -> str:
    """A button; or, once it has been pressed, that the signature is gone."""
    return _last_page(token, "petitions/withdrawal.html")


@bp.post("/my-signature/<token>/withdrawal")
def withdraw(token: str) -> Answer:
    """Let the signature go; news by mail stay."""
    withdraw_signature(_signature_of(token))
    db.session.commit()
    expire_finished()
    return redirect(url_for("my_signature.withdrawal", token=token), 303)


@bp.get("/my-signature/<token>/erasure")
def erasure(token: str) -> str:
    """A button; or, once it has been pressed, that nothing is kept."""
    return _last_page(token, "petitions/erasure.html")


@bp.post("/my-signature/<token>/erasure")
def erase(token: str) -> Answer:
    """Let the signature go, and the news that its tick began."""
    signature = _signature_of(token)
    hold_signature(signature)
    end_enrolment(signature)
    withdraw_signature(signature)
    db.session.commit()
    expire_finished()
    return redirect(url_for("my_signature.erasure", token=token), 303)


def _page(token: str, given: Given, form: ChangeForm, address_form: AddressForm) -> str:
    return render_template(
        "petitions/my_signature.html",
        token=token,
        given=given,
        form=form,
        address_form=address_form,
        done=request.args.get("done"),
    )


def _last_page(token: str, template: str) -> str:
    found = find_confirmed(_signature_of(token))
    return render_template(template, token=token, given=found and _known_of(*found))


def _given(token: str) -> Given:
    """Return what a link stands for; 404 when it is none of ours, 410 when it is no longer good."""
    found = find_confirmed(_signature_of(token))
    if found is None:
        abort(_gone())
    return _known_of(*found)


def _signature_of(token: str) -> UUID:
    try:
        read = read_passing_token(TokenPurpose.MY_SIGNATURE, token, lasts=LINKS_LAST)
        signature, made_at = read or abort(404)
        if has_moved_since(signature, made_at):
            raise TokenExpired
    except TokenExpired:
        page = render_template(
            "petitions/my_signature_expired.html", form=AddressForm(), days=LINKS_LAST.days
        )
        abort(make_response(page, 410))
    return signature


def _gone() -> Response:
    return make_response(render_template("petitions/my_signature_gone.html"), 410)


def _known_of(signature: Signature, petition: Petition, campaign: Campaign) -> Given:
    high_risk, visible = campaign.mode == Mode.HIGH_RISK, is_public(campaign)
    handed_over = petition.handover_names == HandoverNames.TICKED and not high_risk
    return Given(
        id=signature.id,
        campaign_id=campaign.id,
        slug=campaign.slug if visible else None,
        title=_in_language(campaign.translations, "title", campaign.title) if visible else None,
        colour=campaign.colour,
        contact=campaign.run_by_contact,
        high_risk=high_risk,
        addressee=petition.addressee if handed_over else None,
        ticks=Ticks(
            show_name=is_shown(signature),
            hand_over=signature.hand_over,
            # Whoever has left by the link in a mail has unticked it.
            updates=signature.updates and not has_left(signature.id),
        ),
        country=_country_name(signature.country),
        confirmed_on=signature.confirmed_on,
    )


def _form_of(given: Given) -> ChangeForm:
    return ChangeForm(
        public=given.ticks.show_name, hand_over=given.ticks.hand_over, updates=given.ticks.updates
    )


def _allowed(given: Given, form: ChangeForm) -> Ticks:
    """Return the ticks this campaign may ask for; none in one of high risk."""
    return Ticks(
        show_name=not given.high_risk and form.public.data,
        hand_over=given.addressee is not None and form.hand_over.data,
        updates=not given.high_risk and form.updates.data,
    )


def _seal_words(given: Given, form: ChangeForm, ticks: Ticks) -> SealedName | None:
    """Seal the name and comment that were typed; None when they stay as they are."""
    if not form.name.data:
        return None
    return seal_name(
        current_keyring(),
        given.campaign_id,
        given.id,
        name=form.name.data,
        comment=form.comment.data or "",
        show_name=ticks.show_name,
    )


def _in_language(translations: dict[str, Any], name: str, otherwise: str) -> str:
    words: str = translations.get(str(get_locale()), {}).get(name, otherwise)
    return words


def _country_name(code: str | None) -> str | None:
    return (get_locale() or Locale("en")).territories.get(code, code) if code else None
