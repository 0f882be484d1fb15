"""Purging an entry, article or update that endangers somebody: asked twice, and gone everywhere."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campaigns.accounts.access import audit, require_fresh
from campaigns.accounts.actions import Action
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.models import Article, Campaign, Event
from campaigns.cases.queries import find_article, find_event
from campaigns.dashboard.forms import ForGoodForm
from campaigns.db import db
from campaigns.updates.models import Update
from campaigns.updates.purging import purge_article, purge_event, purge_update
from campaigns.updates.queries import find_update, updates_about
from campaigns.web.finished import expire_finished

bp = Blueprint("purging", __name__, url_prefix="/console/campaigns/<slug>")

Answer = Response | tuple[str, int]


@bp.get("/events/<int:event_id>/purge")
def event(slug: str, event_id: int) -> str:
    """What goes with an entry, and a form to purge it."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    return _event_page(campaign, _event(campaign, event_id), ForGoodForm(formdata=None))


@bp.post("/events/<int:event_id>/purge")
def submit_event(slug: str, event_id: int) -> Answer:
    """Purge an entry, for good."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    found, form = _event(campaign, event_id), _sent_form(slug)
    if not form.validate():
        return _event_page(campaign, found, form), 422
    if not _written_down(form, lambda: purge_event(campaign, found)):
        return _event_page(campaign, _event(campaign, event_id), form), 503
    audit(Action.EVENT_PURGED, campaign.id, about=f"event:{event_id}")
    db.session.commit()
    return _done(url_for("cases.events", slug=slug))


@bp.get("/articles/<int:article_id>/purge")
def article(slug: str, article_id: int) -> str:
    """What goes with an article, and a form to purge it."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    return _article_page(campaign, _article(campaign, article_id), ForGoodForm(formdata=None))


@bp.post("/articles/<int:article_id>/purge")
def submit_article(slug: str, article_id: int) -> Answer:
    """Purge an article, for good."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    found, form = _article(campaign, article_id), _sent_form(slug)
    if not form.validate():
        return _article_page(campaign, found, form), 422
    if not _written_down(form, lambda: purge_article(campaign, found)):
        return _article_page(campaign, _article(campaign, article_id), form), 503
    audit(Action.ARTICLE_PURGED, campaign.id, about=f"article:{article_id}")
    db.session.commit()
    return _done(url_for("cases.articles", slug=slug))


@bp.get("/updates/<int:update_id>/purge")
def update(slug: str, update_id: int) -> str:
    """What goes with an update, and a form to purge it."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    return _update_page(campaign, _update(campaign, update_id), ForGoodForm(formdata=None))


@bp.post("/updates/<int:update_id>/purge")
def submit_update(slug: str, update_id: int) -> Answer:
    """Purge an update, for good."""
    campaign = entrusted_campaign(slug, Role.OWNER)
    require_fresh()
    found, form = _update(campaign, update_id), _sent_form(slug)
    if not form.validate():
        return _update_page(campaign, found, form), 422
    if not _written_down(form, lambda: purge_update(campaign, found)):
        return _update_page(campaign, _update(campaign, update_id), form), 503
    audit(Action.UPDATE_PURGED, campaign.id, about=f"update:{update_id}")
    db.session.commit()
    return _done(url_for("dashboard.desk", slug=slug))


def _event(campaign: Campaign, event_id: int) -> Event:
    return find_event(campaign.id, event_id) or abort(404)


def _article(campaign: Campaign, article_id: int) -> Article:
    return find_article(campaign.id, article_id) or abort(404)


def _update(campaign: Campaign, update_id: int) -> Update:
    return find_update(campaign.id, update_id) or abort(404)


def _sent_form(slug: str) -> ForGoodForm:
    form = ForGoodForm()
    form.expected = slug
    return form


def _written_down(form: ForGoodForm, purge: Callable[[], None]) -> bool:
    """Purge something, or undo it and say on the form that it cannot be written down."""
    try:
        purge()
    except OSError:
        db.session.rollback()
        form.form_errors.append(
            _(
                "The server cannot write down what is purged, so that a backup would bring it"
                " back. Nothing was done: tell whoever hosts this site."
            )
        )
        return False
    return True


def _done(address: str) -> Response:
    expire_finished()
    flash(_("Purged: it is gone from every page, and from the database within a minute."))
    return redirect(address, 303)


def _event_page(campaign: Campaign, found: Event, form: ForGoodForm) -> str:
    return render_template(
        "dashboard/purge.html",
        campaign=campaign,
        form=form,
        name=found.summary,
        updates=updates_about(found.id),
        address=url_for("purging.submit_event", slug=campaign.slug, event_id=found.id),
        back=url_for("cases.events", slug=campaign.slug),
    )


def _update_page(campaign: Campaign, found: Update, form: ForGoodForm) -> str:
    return render_template(
        "dashboard/purge.html",
        campaign=campaign,
        form=form,
        name=found.title,
        address=url_for("purging.submit_update", slug=campaign.slug, update_id=found.id),
        back=url_for("news.show", slug=campaign.slug, update_id=found.id),
    )


def _article_page(campaign: Campaign, found: Article, form: ForGoodForm) -> str:
    return render_template(
        "dashboard/purge.html",
        campaign=campaign,
        form=form,
        name=found.title,
        entries=sum(
            any(source.article_id == found.id for source in it.sources) for it in campaign.events
        ),
        address=url_for("purging.submit_article", slug=campaign.slug, article_id=found.id),
        back=url_for("cases.articles", slug=campaign.slug),
    )
