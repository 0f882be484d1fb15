"""Feeds, the calendar of hearings, and what machines ask every site for."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from feedgenerator import Atom1Feed
from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext as _
from icalendar import Calendar, Event

from campaigns.cases.hearings import Hearing
from campaigns.cases.vocabulary import HearingStatus
from campaigns.config import current_settings
from campaigns.db import utcnow
from campaigns.public.queries import site_version
from campaigns.public.snapshot import CampaignSnapshot, EventSnapshot
from campaigns.public.views import all_snapshots, existing_version, public_snapshot
from campaigns.web.errors import NotAskedRight
from campaigns.web.finished import answer_finished
from campaigns.web.headers import open_data
from campaigns.web.links import absolute_url

bp = Blueprint("feeds", __name__)
Entry = tuple[CampaignSnapshot, EventSnapshot, str]
# With its title in the feed.
ENTRIES = 50
NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)
PRIVATE = ("confirm/", "unsubscribe/", "invitation/", "console", "login")
TAGGED_SINCE = 2026
A_HEARING = timedelta(hours=1)
ATOM = "application/atom+xml"


class PagedFeed(Atom1Feed):
    """A feed in pages, the newest entries on the first (RFC 5005, section 3)."""

    def add_root_elements(self, handler: Any) -> None:
        """Say besides where the other pages are."""
        super().add_root_elements(handler)
        for rel, address in self.feed["pages"].items():
            handler.addQuickElement("link", "", {"rel": rel, "href": address})

    def latest_post_date(self) -> datetime:
        """Return when anything of it last changed: the same whenever it is asked for."""
        updated: datetime = self.feed["updated"]
        return updated


@bp.get("/campaigns/<slug>/feed.atom")
@open_data
def campaign_feed(slug: str) -> Response:
    """A campaign's entries, newest published first, fifty a page."""
    page = _asked_page()
    return answer_finished(
        existing_version(slug),
        lambda: _campaign_feed(public_snapshot(slug), page),
        mimetype=ATOM,
    )


@bp.get("/feed.atom")
@open_data
def site_feed() -> Response:
    """The entries of all campaigns, newest published first, fifty a page."""
    page = _asked_page()
    return answer_finished(site_version(), lambda: _site_feed(page), mimetype=ATOM)


@bp.get("/campaigns/<slug>/hearings.ics")
@open_data
def hearings(slug: str) -> Response:
    """A campaign's hearings, for a calendar."""
    return answer_finished(
        existing_version(slug), lambda: _calendar(public_snapshot(slug)), mimetype="text/calendar"
    )


@bp.get("/robots.txt")
def robots() -> Response:
    """What search engines should leave alone: pages that belong to one person."""
    lines = ["User-agent: *"]
    lines += [f"Disallow: /{path}" for path in PRIVATE]
    lines += ["", f"Sitemap: {absolute_url('feeds.sitemap')}", ""]
    return Response("\n".join(lines), mimetype="text/plain")


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """The addresses of all campaigns."""
    return answer_finished(site_version(), _sitemap, mimetype="application/xml")


@bp.get("/.well-known/security.txt")
def security() -> Response:
    """Whom to tell of a weakness (RFC 9116)."""
    expires = (utcnow() + timedelta(days=30)).replace(microsecond=0).isoformat()
    contact = absolute_url("public.about")
    return Response(f"Contact: {contact}\nExpires: {expires}\n", mimetype="text/plain")


def _campaign_feed(campaign: CampaignSnapshot, page: int) -> str:
    entries = [(campaign, event, event.summary) for event in campaign.timeline]
    feed = PagedFeed(
        title=campaign.title,
        link=_campaign_url(campaign),
        description=campaign.summary,
        language=campaign.locale,
        # What a feed or an entry is known by is the same in every language.
        feed_guid=absolute_url("public.campaign", slug=campaign.slug, locale=None),
        author_name=campaign.run_by_name,
        updated=campaign.updated_at,
        **_pages("feeds.campaign_feed", page, len(entries), slug=campaign.slug),
    )
    _add_entries(feed, entries, page)
    return str(feed.writeString("utf-8"))


def _site_feed(page: int) -> str:
    site = current_settings().site_name
    campaigns = all_snapshots()
    entries = [
        (campaign, event, f"{campaign.title}: {event.summary}")
        for campaign in campaigns
        for event in campaign.timeline
    ]
    feed = PagedFeed(
        title=site,
        link=absolute_url("public.home"),
        description=_("News of all campaigns"),
        feed_guid=absolute_url("public.home", locale=None),
        author_name=site,
        updated=max((it.updated_at for it in campaigns), default=NOTHING_YET),
        **_pages("feeds.site_feed", page, len(entries)),
    )
    _add_entries(feed, entries, page)
    return str(feed.writeString("utf-8"))


def _asked_page() -> int:
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text)):
        raise NotAskedRight(
            _("After page= there must be a number: 1 is the page with the newest entries.")
        )
    return int(text)


def _pages(endpoint: str, page: int, entries: int, **where: str) -> dict[str, Any]:
    """Return the addresses of a page of a feed and of those around it; 404 past the last."""
    last = max(1, -(-entries // ENTRIES))
    if page > last:
        abort(404)

    def address(number: int) -> str:
        return absolute_url(endpoint, **where, page=number if number > 1 else None)

    pages = {"first": address(1), "last": address(last)}
    if page > 1:
        pages["previous"] = address(page - 1)
    if page < last:
        pages["next"] = address(page + 1)
    return {"feed_url": address(page), "pages": pages}


def _add_entries(feed: PagedFeed, entries: Iterable[Entry], page: int) -> None:
    newest = sorted(entries, key=lambda it: (it[1].published_at, it[1].id), reverse=True)
    for campaign, event, title in newest[(page - 1) * ENTRIES : page * ENTRIES]:
        address: dict[str, Any] = {"slug": campaign.slug, "event_id": event.id}
        retracted = event.retracted_on is not None
        feed.add_item(
            title=_("Retracted: %(summary)s", summary=title) if retracted else title,
            link=absolute_url("public.event", **address),
            unique_id=_lasting_id(event),
            description=event.retracted_reason if retracted else None,
            content=None if retracted else _content(campaign, event),
            pubdate=event.published_at,
            updateddate=max(event.updated_at, event.published_at),
            author_name=campaign.run_by_name,
        )


def _lasting_id(event: EventSnapshot) -> str:
    """Return what an entry is known by for good (RFC 4151).

    Nothing that an organiser may change is in it: not the slug, nor any date.
    """
    return f"tag:{_host()},{TAGGED_SINCE}:event-{event.id}"


def _content(campaign: CampaignSnapshot, event: EventSnapshot) -> str:
    """Return all an entry says on the page, doubts and sources included."""
    return render_template("public/feed_entry.html", campaign=campaign, event=event).strip()


def _calendar(campaign: CampaignSnapshot) -> str:
    calendar = Calendar()
    calendar.add("prodid", "-//Campaigns//Hearings//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", campaign.title)
    for event in campaign.timeline:
        if event.hearing is None or event.retracted_on is not None:
            continue
        entry = Event()
        # By the site, for a campaign may get another slug.
        entry.add("uid", f"hearing-{event.id}@{_host()}")
        entry.add("dtstamp", event.updated_at)
        entry.add("last-modified", event.updated_at)
        entry.add("dtstart", event.hearing.starts_at)
        entry.add("dtend", event.hearing.starts_at + A_HEARING)
        entry.add("sequence", event.revisions)
        entry.add("status", _calendar_status(event.hearing))
        entry.add("summary", event.summary)
        entry.add("location", event.hearing.court)
        entry.add("url", absolute_url("public.event", slug=campaign.slug, event_id=event.id))
        calendar.add_component(entry)
    calendar.add_missing_timezones()
    return str(calendar.to_ical().decode())


def _host() -> str:
    return urlsplit(absolute_url("public.home")).hostname or ""


def _calendar_status(hearing: Hearing) -> str:
    """Cancelled too when it was adjourned without a date: on the old day nobody need come.

    With a new date it is the same appointment again, moved.
    """
    gone = hearing.status == HearingStatus.CANCELLED or hearing.without_date
    return "CANCELLED" if gone else "CONFIRMED"


def _sitemap() -> str:
    pages = [absolute_url("public.home")]
    pages += [_campaign_url(campaign) for campaign in all_snapshots()]
    urls = "".join(f"<url><loc>{escape(page)}</loc></url>" for page in pages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    )


def _campaign_url(campaign: CampaignSnapshot) -> str:
    return absolute_url("public.campaign", slug=campaign.slug)
