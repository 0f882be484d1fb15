"""The pages visitors read."""

import os
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.exceptions import Gone

from campaigns import retention
from campaigns.cases.errors import CampaignRemoved
from campaigns.cases.models import Campaign
from campaigns.cases.queries import (
    find_public_campaign,
    is_former_slug,
    load_whole_case,
    public_campaigns,
)
from campaigns.config import current_settings
from campaigns.db import utcnow
from campaigns.petitions.forms import SignForm
from campaigns.public.forms import FilterForm
from campaigns.public.linked_data import campaign_linked, update_linked
from campaigns.public.listing import Wanted, list_campaigns
from campaigns.public.queries import Version, campaign_version, site_version
from campaigns.public.snapshot import CampaignSnapshot
from campaigns.public.taking import take_snapshot
from campaigns.updates.forms import SubscribeForm
from campaigns.vault.exposed import exposed_identities
from campaigns.web.errors import NotAskedRight
from campaigns.web.fields import choices_of
from campaigns.web.finished import answer_finished
from campaigns.web.headers import frameable
from campaigns.web.languages import language_in_words

bp = Blueprint("public", __name__)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FILTERS = ("q", "status", "country", "lang", "sort", "locale")


@bp.get("/")
def home() -> Response:
    """Every campaign, and how many people are held."""
    return answer_finished(site_version(), _render_home)


@bp.get("/campaigns/<slug>")
def campaign(slug: str) -> Response:
    """One campaign; `?as_of=` by what had happened up to a day, `?known_on=` by what was known."""
    asked = asked_days()
    return answer_finished(
        existing_version(slug),
        lambda: render_campaign(public_snapshot(slug, **asked), SignForm(), SubscribeForm()),
    )


@bp.get("/campaigns/<slug>/events/<int:event_id>")
def event(slug: str, event_id: int) -> Response:
    """One entry of the timeline; `?known_on=` as it read on a day."""
    asked = asked_days()

    def render() -> str:
        shown = public_snapshot(slug, **asked)
        entry = next((it for it in shown.timeline if it.id == event_id), None)
        return render_template("public/event.html", campaign=shown, event=entry or abort(404))

    return answer_finished(existing_version(slug), render)


@bp.get("/campaigns/<slug>/timeline")
def timeline(slug: str) -> Response:
    """The whole timeline, a page at a time, on an earlier day as on the campaign's page."""
    asked = asked_days()

    def render() -> str:
        shown = public_snapshot(slug, **asked)
        page = min(_asked_page(), shown.pages)
        return render_template("public/timeline.html", campaign=shown, page=page)

    return answer_finished(existing_version(slug), render)


@bp.get("/campaigns/<slug>/petition")
def petition(slug: str) -> Response:
    """What is signed, and each text that was signed before it was changed."""

    def render() -> str:
        shown = public_snapshot(slug)
        return render_template(
            "petitions/texts.html", campaign=shown, petition=shown.petition or abort(404)
        )

    return answer_finished(existing_version(slug), render)


@bp.get("/campaigns/<slug>/updates")
def updates(slug: str) -> Response:
    """The archive of what subscribers were mailed."""
    return answer_finished(
        existing_version(slug),
        lambda: render_template("public/updates.html", campaign=public_snapshot(slug)),
    )


@bp.get("/campaigns/<slug>/updates/<int:update_id>")
def update(slug: str, update_id: int) -> Response:
    """One update."""

    def render() -> str:
        shown = public_snapshot(slug)
        news = next((it for it in shown.updates if it.id == update_id), None)
        if news is None:
            abort(404)
        return render_template(
            "public/update.html", campaign=shown, update=news, linked=update_linked(shown, news)
        )

    return answer_finished(existing_version(slug), render)


@bp.get("/campaigns/<slug>/embed")
@frameable
def embed(slug: str) -> Response | tuple[str, int]:
    """Count, goal and a link to sign, for other sites to show in a frame."""
    try:
        return answer_finished(
            existing_version(slug),
            lambda: render_template("public/embed.html", campaign=public_snapshot(slug)),
        )
    except Gone:
        return render_template("public/embed.html", campaign=None), 410


@bp.get("/about")
def about() -> str:
    """Who runs this site and how it counts."""
    return render_template("public/about.html", settings=current_settings())


@bp.get("/imprint")
def imprint() -> Response:
    """Whom to write to about each campaign."""
    return answer_finished(
        site_version(),
        lambda: render_template("public/imprint.html", campaigns=all_snapshots()),
    )


@bp.get("/privacy")
def privacy() -> str:
    """Who can read what, and for how long it is kept, on this installation."""
    settings = current_settings()
    return render_template(
        "public/privacy.html",
        settings=settings,
        mailer_key_readable=os.access(settings.mailer_key_file, os.R_OK),
        recovery_on_server=bool(exposed_identities(settings.instance_path)),
        kept=retention,
    )


def render_campaign(
    shown: CampaignSnapshot, sign_form: SignForm, subscribe_form: SubscribeForm
) -> str:
    """Return a campaign's page with the two forms on it, as they were typed."""
    return render_template(
        "public/campaign.html",
        campaign=shown,
        form=sign_form,
        subscribe_form=subscribe_form,
        linked=campaign_linked(shown),
    )


def public_snapshot(
    slug: str, *, as_of: date | None = None, known_on: date | None = None
) -> CampaignSnapshot:
    """Return what visitors may know of a campaign; 404 when there is none, 410 when taken down."""
    found = existing_campaign(slug)
    return take_snapshot(
        load_whole_case(found.id), locale=str(get_locale()), as_of=as_of, known_on=known_on
    )


def all_snapshots() -> Sequence[CampaignSnapshot]:
    """Return every campaign visitors may see."""
    locale = str(get_locale())
    return [take_snapshot(found, locale=locale) for found in public_campaigns()]


def existing_campaign(slug: str) -> Campaign:
    """Return a campaign visitors may see; 404 when there is none, 410 when it was taken down."""
    try:
        return find_public_campaign(slug) or abort(404)
    except CampaignRemoved:
        abort(410)


def existing_version(slug: str) -> Version:
    """Return the version of a campaign's pages; 404 when there is none, 410 when it moved away."""
    return campaign_version(slug) or abort(410 if is_former_slug(slug) else 404)


def asked_days() -> dict[str, date | None]:
    """Return the days of `?as_of=` and `?known_on=`, None for none; 400 when one is no day."""
    return {name: _asked_day(name) for name in ("as_of", "known_on")}


def _asked_day(name: str) -> date | None:
    text = request.args.get(name)
    if not text:
        return None
    try:
        # Of the standard's many ways to write a day, only one.
        if not DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise NotAskedRight(
            _("After %(name)s= there must be a day, written like 2024-03-01.", name=name)
        ) from None


def _render_home() -> str:
    campaigns = all_snapshots()
    form = FilterForm(request.args)
    countries = {it.country: it.country_name for it in campaigns if it.country}
    languages = {code: language_in_words(code) for it in campaigns for code in it.languages}
    form.country.choices = choices_of({"": _("Any country"), **_by_name(countries)})
    form.lang.choices = choices_of({"": _("Any language"), **_by_name(languages)})
    wanted = _wanted(form)
    listing = list_campaigns(campaigns, wanted, utcnow())
    return render_template(
        "public/home.html",
        campaigns=listing.campaigns,
        reckoning=listing.reckoning,
        soon=listing.soon,
        news=listing.news,
        filters=form if campaigns else None,
        active_filters=_active(form),
        previous_page=_home_page(listing.page - 1) if listing.page > 1 else None,
        next_page=_home_page(listing.page + 1) if listing.page < listing.pages else None,
    )


def _wanted(form: FilterForm) -> Wanted:
    """Return what was asked for; what is not offered was not asked."""
    for field in (form.status, form.country, form.lang, form.sort):
        if not field.validate(form):
            field.data, field.errors = field.default, []
    return Wanted(
        text=form.q.data or "",
        status=form.status.data or "",
        country=form.country.data or "",
        language=form.lang.data or "",
        sort=form.sort.data or "updated",
        page=_asked_page(),
    )


def _asked_page() -> int:
    """Return the number of the page asked for; what is none counts as the first."""
    page = request.args.get("page", "1")
    return max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1


def _active(form: FilterForm) -> list[tuple[str, str]]:
    """Return what the list is narrowed to, each in words with the address that ends it."""
    active = [(form.q.data, "q")] if form.q.data else []
    for field in (form.status, form.country, form.lang):
        words = next((it.label for it in field.choices if it.value == field.data), None)
        if field.data and words:
            active.append((str(words), field.name))
    return [(words, _home_without(name)) for words, name in active]


def _home_without(name: str) -> str:
    return url_for("public.home", **{key: it for key, it in _kept().items() if key != name})


def _home_page(number: int) -> str:
    return url_for("public.home", **_kept(), page=number)


def _kept() -> dict[str, Any]:
    return {key: value for key, value in request.args.items() if key in FILTERS}


def _by_name(names: dict[str, str]) -> dict[str, str]:
    return dict(sorted(names.items(), key=lambda pair: pair[1]))
