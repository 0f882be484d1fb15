"""Organisers' pages for the articles of a case; they stand beside those of `console`."""

from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from campaigns.accounts.access import audit, current_organiser
from campaigns.accounts.actions import Action
from campaigns.accounts.queries import organiser_may
from campaigns.accounts.roles import Role
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.article_forms import ArticleForm
from campaigns.cases.console import Answer, bp
from campaigns.cases.contents import article_as_written
from campaigns.cases.editing import add_article, edit_article, find_same_article
from campaigns.cases.errors import ArticleKnown, ChangedMeanwhile, TranslationInCircle
from campaigns.cases.histories import Change, differences, steps_of
from campaigns.cases.models import Article, Campaign
from campaigns.cases.operations import TokenUsed
from campaigns.cases.queries import (
    find_article,
    hidden_names,
    load_whole_case,
    revisions_of,
)
from campaigns.cases.reports import read_report
from campaigns.cases.vocabulary import RevisedPart
from campaigns.config import current_settings
from campaigns.db import db, only_reading
from campaigns.web.arrivals import note_arrival
from campaigns.web.fetching import NotFetched, fetch, one_at_a_time
from campaigns.web.finished import expire_finished

__all__ = ["bp"]


@bp.get("/articles")
def articles(slug: str) -> str:
    """Every article of a campaign, and how many entries rest on each."""
    campaign = load_whole_case(entrusted_campaign(slug, Role.VIEWER).id)
    cited = [source.article_id for event in campaign.events for source in event.sources]
    return render_template(
        "cases/articles.html",
        campaign=campaign,
        edits=organiser_may(current_organiser(), campaign.id, Role.EDITOR),
        articles=list(reversed(campaign.articles)),
        entries={it.id: cited.count(it.id) for it in campaign.articles},
    )


@bp.get("/articles/new")
def new_article(slug: str) -> str:
    """A form for an article: by its address, or by hand."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    form = ArticleForm(formdata=None)
    form.offer(campaign)
    form.language.data = form.language.usual[0]
    return _article_page(campaign, form)


@bp.post("/articles/fetch")
def fetch_article(slug: str) -> Answer:
    """Fill the form in from the page at the address; nothing is saved."""
    with only_reading():
        campaign = entrusted_campaign(slug, Role.EDITOR)
        form = _sent_form(campaign)
        good = _has_address(form)
        known = find_same_article(campaign, form.url.data) if good else None
        if known is not None:
            flash(_("This article is here already."))
            return redirect(url_for("cases.article", slug=slug, article_id=known.id), 303)
    # Without any transaction: others must not wait for a slow site.
    fetched = good and _fill_in(form)
    with only_reading():
        campaign = entrusted_campaign(slug, Role.EDITOR)
        page = _article_page(campaign, form, fetched=fetched)
        return page if fetched else (page, 422)


@bp.post("/articles/new")
def submit_new_article(slug: str) -> Answer:
    """Add an article that entries can rest on."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    form = _sent_form(campaign)
    if not form.validate() or not _add(campaign, form):
        return _article_page(campaign, form), 422
    note_arrival(form.token.data)
    flash(_("Added. Entries can name it as a source now."))
    return redirect(url_for("cases.articles", slug=slug), 303)


@bp.get("/articles/<int:article_id>")
def article(slug: str, article_id: int) -> str:
    """An article, to be mended."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    stored = _stored(campaign, article_id)
    form = ArticleForm(formdata=None)
    form.offer(campaign, stored)
    form.fill_in(stored)
    return _article_page(campaign, form, stored)


@bp.post("/articles/<int:article_id>")
def submit_article(slug: str, article_id: int) -> Answer:
    """Save what was mended in an article."""
    campaign = entrusted_campaign(slug, Role.EDITOR)
    stored = _stored(campaign, article_id)
    form = _sent_form(campaign, stored)
    if form.version.data != stored.version:
        return _conflict_page(campaign, form, article_id)
    try:
        if not form.validate() or not _edit(campaign, form, stored):
            return _article_page(campaign, form, _stored(campaign, article_id)), 422
    except ChangedMeanwhile:
        return _conflict_page(campaign, form, article_id)
    note_arrival(form.token.data)
    flash(_("Saved."))
    return redirect(url_for("cases.articles", slug=slug), 303)


@bp.get("/articles/<int:article_id>/history")
def article_history(slug: str, article_id: int) -> str:
    """Who changed an article, when, and what it said before."""
    campaign = entrusted_campaign(slug, Role.VIEWER)
    stored = _stored(campaign, article_id)
    now = article_as_written(stored, ZoneInfo(campaign.timezone))
    return render_template(
        "cases/history.html",
        campaign=campaign,
        purge=organiser_may(current_organiser(), campaign.id, Role.OWNER)
        and url_for("purging.article", slug=slug, article_id=article_id),
        name=stored.title,
        back=url_for("cases.articles", slug=slug),
        steps=steps_of(campaign, revisions_of(RevisedPart.ARTICLE, article_id), now),
    )


def _stored(campaign: Campaign, article_id: int) -> Article:
    return find_article(campaign.id, article_id) or abort(404)


def _sent_form(campaign: Campaign, stored: Article | None = None) -> ArticleForm:
    form = ArticleForm()
    form.hidden_names = hidden_names(campaign)
    form.offer(campaign, stored)
    return form


def _has_address(form: ArticleForm) -> bool:
    if form.url.validate(form) and not form.url.data:
        form.url.errors = [_("Give the address first.")]
    return not form.url.errors


def _fill_in(form: ArticleForm) -> bool:
    """Fill in what the page says, or say on the form that it could not be fetched."""
    try:
        with one_at_a_time(current_settings().instance_path):
            form.take_over(fetch(form.url.data, read_report))
    except NotFetched:
        form.url.errors = [
            _("The page could not be fetched. Fill the rest in by hand: it can be saved as it is.")
        ]
        return False
    return True


def _add(campaign: Campaign, form: ArticleForm) -> bool:
    """Add an article, or undo it and say on the form why not."""
    organiser = current_organiser().id
    try:
        made = add_article(
            campaign, form.content(campaign), token=form.token.data, organiser_id=organiser
        )
    except ArticleKnown:
        form.url.errors = [_("There is an article with this address already.")]
    except TokenUsed:
        form.renew_token()
        form.form_errors.append(
            _("This form was sent before with another text: if this one is new, save it again.")
        )
    else:
        audit(Action.ARTICLE_ADDED, campaign.id, about=f"article:{made.id}")
        db.session.commit()
        expire_finished()
        return True
    db.session.rollback()
    return False


def _edit(campaign: Campaign, form: ArticleForm, stored: Article) -> bool:
    """Save a change, or undo it and say on the form why not. Raises ChangedMeanwhile."""
    try:
        before = edit_article(
            campaign,
            stored,
            form.content(campaign, stored),
            version=form.version.data,
            organiser_id=current_organiser().id,
        )
    except ArticleKnown:
        form.url.errors = [_("There is an article with this address already.")]
    except TranslationInCircle:
        form.translation_of.errors = [_("That one is, in turn, a translation of this one.")]
    else:
        if before:
            fields = sorted(before)
            audit(Action.ARTICLE_EDITED, campaign.id, about=f"article:{stored.id}", fields=fields)
        db.session.commit()
        expire_finished()
        return True
    db.session.rollback()
    return False


def _conflict_page(campaign: Campaign, form: ArticleForm, article_id: int) -> tuple[str, int]:
    """Show what somebody else saved meanwhile beside what was typed; the form keeps the latter."""
    db.session.rollback()
    stored = _stored(campaign, article_id)
    zone = ZoneInfo(campaign.timezone)
    theirs: list[Change] = []
    if form.validate():
        draft = Article(campaign_id=campaign.id)
        with db.session.no_autoflush:
            form.content(campaign, stored).put_into(draft)
        theirs = differences(
            campaign, article_as_written(stored, zone), article_as_written(draft, zone)
        )
    form.version.data = stored.version
    form.version.raw_data = None
    return _article_page(campaign, form, stored, theirs=theirs, conflict=True), 409


def _article_page(
    campaign: Campaign,
    form: ArticleForm,
    stored: Article | None = None,
    *,
    theirs: list[Change] | None = None,
    fetched: bool = False,
    conflict: bool = False,
) -> str:
    form.offer(campaign, stored)
    return render_template(
        "cases/article_form.html",
        campaign=campaign,
        owns=organiser_may(current_organiser(), campaign.id, Role.OWNER),
        form=form,
        stored=stored,
        theirs=theirs or (),
        fetched=fetched,
        in_conflict=conflict,
    )
