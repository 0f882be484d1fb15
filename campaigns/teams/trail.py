"""The audit trail, for site admins and for the owners of a campaign; as a table too."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Blueprint, Response, render_template, request, send_file, url_for

from campaigns.accounts.access import require_site_admin
from campaigns.accounts.models import AuditEntry
from campaigns.accounts.queries import usernames
from campaigns.accounts.roles import Role
from campaigns.accounts.trail import PAGE_LENGTH, entries, every_entry, organisers_in
from campaigns.cases.access import entrusted_campaign
from campaigns.cases.models import Campaign
from campaigns.cases.queries import all_campaigns
from campaigns.teams.forms import TrailForm
from campaigns.teams.wording import action_in_words
from campaigns.web.cells import without_formula

bp = Blueprint("audit", __name__, url_prefix="/console")

IN_MEMORY = 1_000_000
COLUMNS = ("number", "at", "organiser", "campaign", "action", "about", "detail")


@bp.get("/audit")
def trail() -> str | tuple[str, int]:
    """What was done on this site, newest first."""
    require_site_admin()
    return _page(None)


@bp.get("/audit.csv")
def trail_csv() -> Response | tuple[str, int]:
    """The same as a table."""
    require_site_admin()
    return _table(None)


@bp.get("/campaigns/<slug>/audit")
def campaign_trail(slug: str) -> str | tuple[str, int]:
    """What was done in a campaign, newest first."""
    return _page(entrusted_campaign(slug, Role.OWNER))


@bp.get("/campaigns/<slug>/audit.csv")
def campaign_trail_csv(slug: str) -> Response | tuple[str, int]:
    """The same as a table."""
    return _table(entrusted_campaign(slug, Role.OWNER))


def _page(campaign: Campaign | None) -> str | tuple[str, int]:
    form, organisers, slugs = _form(campaign)
    valid, page = form.validate(), _asked_page()
    found = entries(form.narrowed(campaign.id if campaign else None), page) if valid else []
    asked: dict[str, Any] = {
        name: value for name, value in request.args.items() if name in form._fields
    }
    here = "audit.campaign_trail" if campaign else "audit.trail"
    where: dict[str, Any] = {"slug": campaign.slug} if campaign else {}
    shown = render_template(
        "teams/trail.html",
        campaign=campaign,
        form=form,
        entries=found[:PAGE_LENGTH],
        organisers=organisers,
        slugs=slugs,
        in_words=action_in_words,
        address=url_for(here, **where),
        table=url_for(f"{here}_csv", **asked, **where),
        previous=url_for(here, **asked, **where, page=page - 1) if page > 1 else None,
        next=url_for(here, **asked, **where, page=page + 1) if len(found) > PAGE_LENGTH else None,
    )
    return shown if valid else (shown, 422)


def _table(campaign: Campaign | None) -> Response | tuple[str, int]:
    form, organisers, slugs = _form(campaign)
    if not form.validate():
        # The page says what is wrong.
        return _page(campaign)  # type: ignore[return-value]
    # On disk when it grows: a trail of years must fill no memory.
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with the response
    found = every_entry(form.narrowed(campaign.id if campaign else None))
    for line in _lines(found, organisers, slugs):
        file.write(line.encode())
    file.seek(0)
    name = f"audit-{campaign.slug}.csv" if campaign else "audit.csv"
    return send_file(file, mimetype="text/csv", as_attachment=True, download_name=name)


def _form(campaign: Campaign | None) -> tuple[TrailForm, Mapping[int, str], Mapping[int, str]]:
    """Return the form, and the names of organisers and campaigns an entry may tell of."""
    names = usernames()
    if campaign is None:
        slugs = {it.id: it.slug for it in all_campaigns()}
    else:
        # Whoever did nothing here is nobody's business.
        here = organisers_in(campaign.id)
        names = {number: name for number, name in names.items() if number in here}
        slugs = {campaign.id: campaign.slug}
    form = TrailForm(request.args)
    form.offer(names, slugs)
    return form, names, slugs


def _lines(
    found: Iterator[AuditEntry], organisers: Mapping[int, str], slugs: Mapping[int, str]
) -> Iterator[str]:
    yield "\ufeff" + _line(COLUMNS)
    for entry in found:
        yield _line(_cells(entry, organisers, slugs))


def _cells(
    entry: AuditEntry, organisers: Mapping[int, str], slugs: Mapping[int, str]
) -> Iterator[str]:
    organiser, campaign = entry.organiser_id, entry.campaign_id
    yield str(entry.number)
    yield entry.at.isoformat()
    yield organisers.get(organiser, str(organiser)) if organiser is not None else ""
    yield slugs.get(campaign, str(campaign)) if campaign is not None else ""
    yield entry.action
    yield entry.about or ""
    yield json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""


def _line(cells: Iterator[str] | tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow([without_formula(cell) for cell in cells])
    return text.getvalue()


def _asked_page() -> int:
    page = request.args.get("page", "1")
    return max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1
