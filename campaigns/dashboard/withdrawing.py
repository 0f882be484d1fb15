"""Withdrawing a name: first every place where it stands, then it stands nowhere."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit, require_fresh
from campaigns.accounts.actions import Action
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.errors import SlugTaken
from campaigns.cases.models import Campaign, Detainee
from campaigns.cases.names import public_name
from campaigns.cases.queries import lock_campaign_row
from campaigns.cases.replacing import NameReplacer
from campaigns.cases.vocabulary import NamePolicy
from campaigns.dashboard.withdrawal_form import WithdrawalForm
from campaigns.db import db
from campaigns.updates.withdrawal import find_name, names_of, withdraw_name, words_of
from campaigns.web.finished import expire_finished

bp = Blueprint("withdrawing", __name__, url_prefix="/console/campaigns/<slug>/edit/detainees")


@bp.get("/<int:detainee_id>/withdrawal")
def show(slug: str, detainee_id: int) -> str:
    """Every place where somebody's name stands, and a form to withdraw it."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    detainee = _detainee(campaign, detainee_id)
    return _page(campaign, detainee, WithdrawalForm(formdata=None, slug=_unnamed_slug(detainee)))


@bp.post("/<int:detainee_id>/withdrawal")
def submit(slug: str, detainee_id: int) -> Response | tuple[str, int]:
    """Look for other spellings too, or withdraw the name."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    lock_campaign_row(campaign)
    detainee, form = _detainee(campaign, detainee_id), WithdrawalForm()
    form.finder = _replacer(detainee, form)
    if form.look.data:
        return _page(campaign, detainee, form), 200
    if not form.validate():
        return _page(campaign, detainee, form), 422
    places = _withdraw(campaign, detainee, form)
    if places is None:
        return _page(campaign, _detainee(campaign, detainee_id), form), 422
    audit(Action.NAME_WITHDRAWN, campaign.id, about=f"detainee:{detainee_id}", places=places)
    db.session.commit()
    expire_finished()
    flash(_outcome(len(find_name(campaign, detainee, words_of(detainee)))))
    return redirect(url_for("detainees.people", slug=campaign.slug), 303)


def _withdraw(campaign: Campaign, detainee: Detainee, form: WithdrawalForm) -> int | None:
    """Withdraw a name; None when the new address is taken: then it is undone and said so."""
    policy = NamePolicy(form.policy.data)
    tells = form.finder.stands_in_address(campaign.slug)
    with force_locale(campaign.locale):
        shown = public_name(
            detainee.name,
            detainee.name_romanised,
            policy,
            withheld=_("Name withheld"),
            position=detainee.position,
            siblings=len(campaign.detainees),
        )
    try:
        return withdraw_name(
            campaign,
            detainee,
            others=form.spellings,
            policy=policy,
            replacement=shown.name,
            slug=form.slug.data if tells else campaign.slug,
        )
    except SlugTaken:
        db.session.rollback()
        form.slug.errors = [_("Another campaign has this short name.")]
        return None


def _outcome(alone: int) -> str:
    """Say what is left: in how many places one of the names alone still stands."""
    if not alone:
        return str(_("Withdrawn: the name stands nowhere any more but with you."))
    words = ngettext(
        "Withdrawn: the whole name stands nowhere any more but with you. One of the names alone"
        " still stands in %(num)s place: if it means this person there, withdraw it too.",
        "Withdrawn: the whole name stands nowhere any more but with you. One of the names alone"
        " still stands in %(num)s places: where it means this person, withdraw it too.",
        alone,
    )
    return str(words)


def _detainee(campaign: Campaign, detainee_id: int) -> Detainee:
    return next((it for it in campaign.detainees if it.id == detainee_id), None) or abort(404)


def _replacer(detainee: Detainee, form: WithdrawalForm) -> NameReplacer:
    return NameReplacer(names_of(detainee, form.spellings), "")


def _unnamed_slug(detainee: Detainee) -> str:
    """Return an address to begin with that says nothing, the campaign's own if that does not."""
    slug = detainee.campaign.slug
    tells = NameReplacer(names_of(detainee), "").stands_in_address(slug)
    return f"campaign-{detainee.campaign_id}" if tells else slug


def _page(campaign: Campaign, detainee: Detainee, form: WithdrawalForm) -> str:
    tells = _replacer(detainee, form).stands_in_address(campaign.slug)
    places = find_name(campaign, detainee, form.spellings)
    words = words_of(detainee)
    with_words = find_name(campaign, detainee, [*form.spellings, *words])
    return render_template(
        "dashboard/withdrawal.html",
        campaign=campaign,
        detainee=detainee,
        form=form,
        places=places,
        words=words,
        more=len(with_words) - len(places),
        slug_tells=tells,
    )
