"""Open data: what visitors may know, as JSON any site may read; never a supporter's data."""

import json

from flask import Blueprint, Response, request

from campaigns.config import current_settings
from campaigns.public.documents import (
    Document,
    articles_document,
    campaign_document,
    count_document,
    links_document,
    timeline_document,
    totals_document,
)
from campaigns.public.openapi import describe
from campaigns.public.queries import site_version
from campaigns.public.tables import timeline_csv
from campaigns.public.views import (
    all_snapshots,
    asked_days,
    existing_version,
    public_snapshot,
)
from campaigns.web.finished import answer_finished
from campaigns.web.headers import open_data
from campaigns.web.links import absolute_url

bp = Blueprint("data", __name__)
PAGE_LENGTH = 100
JSON = "application/json"


@bp.get("/campaigns.json")
@open_data
def campaigns() -> Response:
    """All campaigns, closed ones too, a hundred a page."""
    page = max(1, request.args.get("page", 1, type=int))

    def render() -> str:
        listed = all_snapshots()
        shown = listed[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH]
        document: Document = {
            "campaigns": [
                {
                    "slug": it.slug,
                    "title": it.title,
                    "totals": totals_document(it.totals),
                    "links": {"json": absolute_url("data.campaign", slug=it.slug)}
                    | links_document(it),
                }
                for it in shown
            ]
        }
        if page * PAGE_LENGTH < len(listed):
            document["next"] = absolute_url("data.campaigns", page=page + 1)
        return _dump(document)

    return answer_finished(site_version(), render, mimetype=JSON)


@bp.get("/campaigns/<slug>.json")
@open_data
def campaign(slug: str) -> Response:
    """One campaign with the status of each detainee; `?as_of=` and `?known_on=` as on the page."""
    asked = asked_days()
    return answer_finished(
        existing_version(slug),
        lambda: _dump(campaign_document(public_snapshot(slug, **asked))),
        mimetype=JSON,
    )


@bp.get("/campaigns/<slug>/timeline.json")
@open_data
def timeline(slug: str) -> Response:
    """A campaign's timeline, newest first; on an earlier day as on the page."""
    asked = asked_days()
    return answer_finished(
        existing_version(slug),
        lambda: _dump(timeline_document(public_snapshot(slug, **asked))),
        mimetype=JSON,
    )


@bp.get("/campaigns/<slug>/timeline.csv")
@open_data
def timeline_table(slug: str) -> Response:
    """The same as a table for spreadsheets."""
    asked = asked_days()
    response = answer_finished(
        existing_version(slug),
        lambda: timeline_csv(public_snapshot(slug, **asked)),
        mimetype="text/csv",
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}-timeline.csv"'
    return response


@bp.get("/campaigns/<slug>/articles.json")
@open_data
def articles(slug: str) -> Response:
    """A campaign's articles; on an earlier day as on the page."""
    asked = asked_days()
    return answer_finished(
        existing_version(slug),
        lambda: _dump(articles_document(public_snapshot(slug, **asked))),
        mimetype=JSON,
    )


@bp.get("/campaigns/<slug>/count.json")
@open_data
def count(slug: str) -> Response:
    """How many have signed; always up to date."""
    return answer_finished(
        existing_version(slug),
        lambda: _dump(count_document(public_snapshot(slug))),
        mimetype=JSON,
    )


@bp.get("/openapi.json")
@open_data
def description() -> Response:
    """What all of this is, for programs (OpenAPI 3.1)."""
    settings = current_settings()
    return answer_finished(
        None,
        lambda: _dump(describe(settings.site_name, settings.base_url or "")),
        mimetype=JSON,
    )


def _dump(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False)
