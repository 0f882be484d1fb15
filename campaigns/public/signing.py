"""What visitors do on a campaign's page: sign, subscribe, and confirm by the mailed link."""

from contextlib import suppress
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask_babel import get_locale
from werkzeug.wrappers import Response as AnyResponse

from campaigns.cases.errors import CampaignRemoved
from campaigns.cases.vocabulary import CampaignState, Mode
from campaigns.config import current_settings
from campaigns.db import db, only_reading, utcnow
from campaigns.petitions.changes import move_signature
from campaigns.petitions.errors import SignatureExpired, SignatureGone, TermsChanged
from campaigns.petitions.forms import SignForm
from campaigns.petitions.models import HandoverNames, SignatureState
from campaigns.petitions.operations import Ticks, confirm_signature, sign_petition
from campaigns.petitions.queries import SigningTerms, find_address_change, signing_terms
from campaigns.petitions.sealed import seal_signature
from campaigns.public.queries import campaign_of_signature, campaign_of_subscription, signed_for
from campaigns.public.snapshot import PetitionSnapshot
from campaigns.public.views import (
    existing_campaign,
    existing_version,
    public_snapshot,
    render_campaign,
)
from campaigns.updates.errors import SubscriptionExpired
from campaigns.updates.forms import SubscribeForm
from campaigns.updates.models import Frequency, SubscriptionState
from campaigns.updates.operations import add_subscription, confirm_subscription, end_enrolment
from campaigns.updates.queries import has_left
from campaigns.updates.sealed import seal_subscription
from campaigns.vault.errors import KeyMissing
from campaigns.vault.keyring import IndexPurpose, current_keyring
from campaigns.vault.operations import make_daily_keys
from campaigns.vault.tokens import TokenPurpose, read_token
from campaigns.web.finished import answer_finished, expire_finished
from campaigns.web.requests import client_network

bp = Blueprint("signing", __name__)


@bp.record_once
def _keep_terms(setup: BlueprintSetupState) -> None:
    # Of petitions that were open when last asked; storing a signature asks whether they still are.
    setup.app.extensions["signing_terms"] = {}


@bp.post("/campaigns/<slug>/sign")
def sign(slug: str) -> AnyResponse | tuple[str, int]:
    """Take a signature; the answer is the same whether it is the first from an address or not."""
    form = SignForm(request.form)
    kept: dict[str, SigningTerms] = current_app.extensions["signing_terms"]
    terms = kept.get(slug)
    if terms is None or not terms.open:
        terms = _read_terms(slug)
    if not terms.open:
        with only_reading():
            page = render_template("petitions/closed.html", campaign=public_snapshot(slug))
        return page, 409
    kept[slug] = terms
    if not form.validate():
        with only_reading():
            return render_campaign(public_snapshot(slug), form, SubscribeForm()), 422
    if not form.website.data:
        try:
            _store_signature(form, terms)
        except TermsChanged:
            kept.pop(slug, None)
            return sign(slug)
    return redirect(url_for("signing.signed", slug=slug), 303)


@bp.get("/campaigns/<slug>/signed")
def signed(slug: str) -> Response:
    """What mail to look for now; the same page for everyone."""
    return answer_finished(
        existing_version(slug),
        lambda: render_template(
            "petitions/signed.html",
            campaign=public_snapshot(slug),
            sender=current_settings().mail_default_sender,
        ),
    )


@bp.post("/campaigns/<slug>/subscribe")
def subscribe(slug: str) -> AnyResponse | tuple[str, int]:
    """Take a subscription; the answer is the same for an address that is subscribed already."""
    form = SubscribeForm(request.form)
    with only_reading():
        campaign = existing_campaign(slug)
        if campaign.state != CampaignState.PUBLISHED or campaign.mode == Mode.HIGH_RISK:
            return render_template("updates/closed.html", campaign=public_snapshot(slug)), 409
        if not form.validate():
            return render_campaign(public_snapshot(slug), SignForm(), form), 422
        db.session.expunge_all()
    if not form.website.data:
        _store_subscription(form, campaign.id)
    return redirect(url_for("signing.subscribed", slug=slug), 303)


@bp.get("/campaigns/<slug>/subscribed")
def subscribed(slug: str) -> Response:
    """What mail to look for now; the same page for everyone."""
    return answer_finished(
        existing_version(slug),
        lambda: render_template(
            "updates/subscribed.html",
            campaign=public_snapshot(slug),
            sender=current_settings().mail_default_sender,
        ),
    )


@bp.get("/confirm/<token>")
def confirm(token: str) -> str | Response:
    """One button, or thanks to whom has pressed it; whatever merely looks changes nothing."""
    if change := read_token(TokenPurpose.MOVE_SIGNATURE, token):
        waiting = find_address_change(change) is not None
        done = "done" in request.args
        return render_template("petitions/move.html", waiting=waiting, done=done, token=token)
    if signature := read_token(TokenPurpose.CONFIRM_SIGNATURE, token):
        return _signature_page(signature, token)
    subscription = read_token(TokenPurpose.CONFIRM_SUBSCRIPTION, token) or abort(404)
    return _subscription_page(subscription, token)


@bp.post("/confirm/<token>")
def confirm_now(token: str) -> AnyResponse:
    """Confirm the signature, subscription or new address a mailed link stands for."""
    number = signature = done = None
    try:
        if change := read_token(TokenPurpose.MOVE_SIGNATURE, token):
            _move(change)
            done = 1
        elif signature := read_token(TokenPurpose.CONFIRM_SIGNATURE, token):
            number = confirm_signature(signature)
        elif subscription := read_token(TokenPurpose.CONFIRM_SUBSCRIPTION, token):
            confirm_subscription(subscription)
        else:
            abort(404)
    except CampaignRemoved:
        abort(410)
    except (SignatureExpired, SignatureGone, SubscriptionExpired):
        return _expired(signature)
    db.session.commit()
    expire_finished()
    return redirect(url_for("signing.confirm", token=token, number=number, done=done), 303)


def _read_terms(slug: str) -> SigningTerms:
    with only_reading():
        try:
            return signing_terms(slug) or abort(404)
        except CampaignRemoved:
            abort(410)


def todays_index(purpose: IndexPurpose, text: str) -> bytes:
    """Return today's index of a mailbox or a network; the first of a day makes the day's keys."""
    keyring, today = current_keyring(), utcnow().date()
    with only_reading(), suppress(KeyMissing):
        return keyring.index(purpose, today.isoformat(), text)
    make_daily_keys(keyring.folder, today)
    # The keys are there for good before anything is indexed with them.
    db.session.commit()
    with only_reading():
        return keyring.index(purpose, today.isoformat(), text)


def _store_signature(form: SignForm, terms: SigningTerms) -> None:
    """Seal what was typed outside any transaction, then store it in one."""
    high_risk = terms.mode == Mode.HIGH_RISK
    handed_over = terms.handover_names == HandoverNames.TICKED
    ticks = Ticks(
        show_name=not high_risk and form.public.data,
        hand_over=not high_risk and handed_over and form.hand_over.data,
        updates=not high_risk and form.updates.data,
    )
    network = todays_index(IndexPurpose.NETWORK, client_network(request.remote_addr))
    with only_reading():
        sealed = seal_signature(
            current_keyring(),
            terms.campaign_id,
            email=form.email.data or "",
            locale=str(get_locale()),
            name=form.name.data or "",
            comment=form.comment.data or "",
            show_name=ticks.show_name,
            high_risk=high_risk,
        )
    # Beside the session, whose keeping of objects would cost as much as storing the signature.
    with db.engine.begin() as connection:
        sign_petition(
            terms,
            sealed,
            ticks,
            country=None if high_risk else form.country.data or None,
            network=network,
            text_version=_text_read(terms),
            connection=connection,
        )


def _text_read(terms: SigningTerms) -> int:
    """Return which text the page showed that was signed: it may have been changed since."""
    read = request.form.get("text_version", terms.text_version, type=int)
    return read if 0 < read < terms.text_version else terms.text_version


def _store_subscription(form: SubscribeForm, campaign_id: int) -> None:
    with only_reading():
        sealed = seal_subscription(
            current_keyring(), campaign_id, email=form.email.data or "", locale=str(get_locale())
        )
    add_subscription(
        campaign_id,
        sealed,
        Frequency(form.frequency.data),
    )
    db.session.commit()


def _move(change_id: UUID) -> None:
    """Give a signature the address just confirmed; the news its tick began follow there."""
    signature = move_signature(change_id)
    if signature is not None and not has_left(signature):
        end_enrolment(signature)


def _signature_page(signature_id: UUID, token: str) -> str | Response:
    row = campaign_of_signature(signature_id)
    if row is None:
        return _expired(signature_id)
    shown = public_snapshot(row.slug)
    if row.state == SignatureState.PENDING:
        return render_template("petitions/confirm.html", campaign=shown, ticks=row, token=token)
    return render_template("petitions/thanks.html", campaign=shown, number=_number(shown.petition))


def _subscription_page(subscription_id: UUID, token: str) -> str | Response:
    row = campaign_of_subscription(subscription_id)
    if row is None:
        return _expired()
    shown = public_snapshot(row.slug)
    pending = row.state == SubscriptionState.PENDING
    page = "updates/confirm.html" if pending else "updates/welcome.html"
    return render_template(page, campaign=shown, token=token)


def _expired(signature_id: UUID | None = None) -> Response:
    slug = signed_for(signature_id) if signature_id else None
    return make_response(render_template("petitions/confirm_expired.html", slug=slug), 410)


def _number(petition: PetitionSnapshot | None) -> int | None:
    """Return which signature it was, as the confirming answer said; a made-up one is left out."""
    number = request.args.get("number", type=int)
    return number if petition and number and 0 < number <= petition.online else None
