"""A site with everything an address can name, and everybody who may ask for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from campaigns.accounts.models import Organiser, Passkey, Session
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign, Event
from campaigns.cases.vocabulary import EventKind
from campaigns.db import db, utcnow
from campaigns.petitions.exports import request_export
from campaigns.petitions.models import PublicSigner
from campaigns.updates.models import Digest, Frequency
from tests.accounts.factories import cookie_of, token_of
from tests.dashboard.desk import sign_in
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_petition,
    make_report,
    make_signature,
    make_update,
)
from tests.fixtures.auditing import AuditingClient

DAY = timedelta(days=1)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Visitor:
    """Somebody's cookie and the token of their forms; neither for who is not signed in."""

    cookie: str | None = None
    token: str | None = None


def make_world() -> dict[str, Any]:
    """Make a campaign with something of every kind; return what the parts of addresses stand for.

    A new part of an address, as `<int:article_id>`, needs its line here.
    """
    campaign = make_campaign("ours")
    detainee = make_detainee(campaign)
    article = make_article(campaign)
    event = make_event(campaign)
    hearing = _make_hearing(campaign)
    update = make_update(campaign)
    petition = make_petition(campaign)
    signature = make_signature(petition, show_name=True)
    signer = PublicSigner(
        signature_id=signature.id, petition_id=petition.id, name="Amal", comment="Free them."
    )
    db.session.add(signer)
    colleague = make_organiser("colleague", roles={campaign: Role.EDITOR})
    make_organiser("first", roles={campaign: Role.OWNER})
    second = make_organiser("second", roles={campaign: Role.OWNER})
    export = request_export(campaign.id, second, "To hand over")
    db.session.commit()
    report = make_report(campaign, event)
    return {
        "slug": campaign.slug,
        "detainee_id": detainee.id,
        "article_id": article.id,
        "event_id": event.id,
        "hearing_id": hearing.id,
        "update_id": update.id,
        "signature_id": signature.id,
        "organiser_id": colleague.id,
        "export_id": export.id,
        **_ways_in(colleague),
        "report_id": report.id,
        "reference": report.reference,
        "decision": "closed",
        "part": "texts",
        "code": "ur",
        "change": "close",
        "step": "pause",
        "kind": "digest",
        "number": _mail_of_a_day(campaign),
        # Nobody's: what a link opens is proved where links are.
        "token": "nobodys",
        "name": "nothing.eml",
        "filename": "nothing.css",
    }


def _mail_of_a_day(campaign: Campaign) -> int:
    now = utcnow()
    digest = Digest(
        campaign_id=campaign.id, frequency=Frequency.DAILY, begins_at=now - DAY, ends_at=now
    )
    db.session.add(digest)
    db.session.commit()
    return digest.id


def _make_hearing(campaign: Campaign) -> Event:
    return make_event(
        campaign,
        EventKind.HEARING,
        hearing_starts_at=utcnow() - 2 * DAY,
        hearing_court="Sessions Court",
        hearing_status="scheduled",
    )


def _ways_in(organiser: Organiser) -> dict[str, int]:
    """Somebody's passkey and session, which are nobody else's business."""
    now = utcnow()
    passkey = Passkey(
        organiser_id=organiser.id,
        name="Phone",
        credential_id=b"id",
        public_key=b"key",
        sign_count=0,
        asked_at=now,
    )
    session = Session(organiser_id=organiser.id, token_digest=b"digest", expires_at=now + DAY)
    db.session.add_all([passkey, session])
    db.session.commit()
    return {"passkey_id": passkey.id, "session_id": session.id}


def make_people(app: Flask) -> dict[str, Visitor]:
    """Sign in somebody of every kind, by the names of the table's columns."""
    campaign = db.session.scalars(select(Campaign).where(Campaign.slug == "ours")).one()
    elsewhere = make_campaign("theirs")
    people = {
        "viewer": make_organiser("viewer", roles={campaign: Role.VIEWER}),
        "editor": make_organiser("editor", roles={campaign: Role.EDITOR}),
        "stranger": make_organiser("stranger", roles={elsewhere: Role.OWNER}),
        "owner": make_organiser("owner", roles={campaign: Role.OWNER}, second_factor=True),
        "admin": make_organiser("admin", site_admin=True),
    }
    return {"anonymous": Visitor()} | {name: visitor(app, it) for name, it in people.items()}


def visitor(app: Flask, organiser: Organiser) -> Visitor:
    """Sign somebody in."""
    client = app.test_client()
    assert isinstance(client, AuditingClient)
    sign_in(client, organiser)
    token = token_of(client.get("/console"))
    return Visitor(cookie_of(client, app), token)


def browser(app: Flask, who: Visitor) -> AuditingClient:
    """A browser with somebody's cookie, as it was when they signed in."""
    client = app.test_client()
    assert isinstance(client, AuditingClient)
    if who.cookie:
        client.set_cookie(app.config["SESSION_COOKIE_NAME"], who.cookie, domain="127.0.0.1")
    return client


def routes(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Every route of the site with each of its methods."""
    for rule in app.url_map.iter_rules():
        for method in METHODS:
            if method in (rule.methods or ()):
                yield method, rule


def address_of(app: Flask, rule: Rule, world: Mapping[str, Any]) -> str:
    """The address of a route for the world's own things."""
    missing = rule.arguments - world.keys()
    assert not missing, f"{rule.rule}: tests/architecture/world.py makes nothing for {missing}"
    values = {name: world[name] for name in rule.arguments}
    with app.test_request_context():
        return str(app.url_map.bind("").build(rule.endpoint, values))
