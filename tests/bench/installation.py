"""An installation with as many events and signatures as the budgets speak of."""

import ipaddress
import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import text

from campaigns.app import create_app
from campaigns.cases.models import Event, EventSource
from campaigns.cases.vocabulary import EventKind, Stance
from campaigns.config import Settings
from campaigns.db import db, utcnow
from campaigns.petitions.models import Petition, Tally
from campaigns.petitions.tallies import record_goals
from campaigns.vault.operations import (
    make_daily_keys,
    make_key_encryption_key,
    make_mailer_key,
    make_recovery_identity,
    make_site_keys,
)
from campaigns.vault.tokens import TokenPurpose, make_token
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_petition,
)
from tests.factories.petitions import SEALED_ADDRESS, SEALED_DETAILS, make_pending
from tests.fixtures.databases import make_schema, settings_of

EVENTS = 100
KINDS = (EventKind.PROTEST, EventKind.STATEMENT, EventKind.HEARING, EventKind.BAIL_DENIED)
CHUNK = 5000
DETAINEES, LARGE_CASE, FIRST_DAY = 50, 2_000, date(2020, 1, 1)
# Texts that are not the same again and again: they compress as people's do.
TOLD = (
    "the court judge lawyer hearing bail was denied granted again because of police officers who "
    "did not appear with file family waited outside prison gate for hours in rain and heat until "
    "evening when somebody told them that nothing would be decided before next month while two "
    "hundred students workers teachers came to street sang read his letter aloud asked ministry"
)
NETWORKS = 5000
COLUMNS = """
    INSERT INTO signature (id, petition_id, state, email_index, sealed_address, sealed_details,
        show_name, hand_over, updates, consent_version, confirmed_on, slow_index,
        held)"""
FILL = {
    "sqlite": f"""
    WITH RECURSIVE row(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < :number)
    {COLUMNS}
    SELECT lower(hex(randomblob(16))), :petition, 'confirmed', randomblob(32),
        randomblob({SEALED_ADDRESS}), randomblob({SEALED_DETAILS}), false, true, true, 1, :day,
        false, false
    FROM row""",
    "postgresql": f"""
    {COLUMNS}
    SELECT gen_random_uuid(), :petition, 'confirmed', uuid_send(gen_random_uuid()),
        decode(repeat(md5(random()::text), {SEALED_ADDRESS // 16}), 'hex'),
        decode(repeat(md5(n::text), {SEALED_DETAILS // 16}), 'hex'),
        false, true, true, 1, CAST(:day AS date), false, false
    FROM generate_series(1, :number) AS row(n)""",
}


@dataclass(frozen=True)
class Installation:
    """An application to measure; `settings` start its servers."""

    app: Flask
    settings: Settings


def build_installation(folder: Path, database_url: str | None = None) -> Installation:
    """Make a new, empty installation with its keys."""
    folder.mkdir(parents=True)
    given = {"CAMPAIGNS_ENV": "development", "CAMPAIGNS_TRUSTED_PROXIES": "127.0.0.1"}
    if database_url:
        given["CAMPAIGNS_DATABASE_URL"] = database_url
    settings = settings_of(folder, given)
    app = create_app(settings)
    with app.app_context():
        make_schema()
        make_key_encryption_key(settings.keys_path)
        make_mailer_key(settings.mailer_key_file)
        make_recovery_identity(settings.keys_path)
        make_site_keys(settings.keys_path)
        make_daily_keys(settings.keys_path, utcnow().date())
        db.session.commit()
    return Installation(app, settings)


def build_campaign(installation: Installation, slug: str, signatures: int) -> int:
    """Make a campaign with three detainees, 100 events and so many signatures.

    Returns the id of its petition.
    """
    with installation.app.app_context():
        campaign = make_campaign(slug, title=f"Campaign {slug}")
        people = [make_detainee(campaign, f"Detainee {number}") for number in range(1, 4)]
        articles = [make_article(campaign, title=f"Report {number}") for number in range(1, 9)]
        make_event(campaign, EventKind.ARRESTED, "2024-01-01", sources=articles[:2])
        for number in range(1, EVENTS):
            make_event(
                campaign,
                KINDS[number % len(KINDS)],
                f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}",
                detainees=[people[number % 3]],
                sources=[articles[number % 8]],
                summary=f"What the lawyer told us on the {number}th day of a long case.",
                text="The hearing was short. **Nothing was decided.**",
            )
        petition = make_petition(campaign)
        _fill(petition, signatures)
        return petition.id


def build_large_case(installation: Installation, slug: str) -> None:
    """Make a campaign with as many detainees and events as the largest there may be."""
    with installation.app.app_context():
        campaign = make_campaign(slug, title=f"Campaign {slug}")
        people = [make_detainee(campaign, f"Detainee {number}") for number in range(DETAINEES)]
        articles = [make_article(campaign, title=f"Report {number}") for number in range(40)]
        chance, words = random.Random(1), TOLD.split()
        for number in range(LARGE_CASE):
            event = Event(
                campaign_id=campaign.id,
                ref=f"event-{number}",
                position=number + 1,
                kind=KINDS[number % len(KINDS)] if number else EventKind.ARRESTED,
                date_edtf=date.fromordinal(FIRST_DAY.toordinal() + number).isoformat(),
                everyone=number == 0,
                detainees=[people[number % DETAINEES]] if number else [],
                summary=" ".join(chance.choices(words, k=14)).capitalize() + ".",
                text=" ".join(chance.choices(words, k=30)).capitalize() + ".",
                published_at=campaign.published_at or utcnow(),
            )
            event.sources.append(
                EventSource(article=articles[number % 40], position=1, stance=Stance.SUPPORTS)
            )
            db.session.add(event)
        make_petition(campaign)


def pending_signatures(installation: Installation, petition_id: int, number: int) -> list[str]:
    """Make signatures that wait to be confirmed and return the tokens of their links."""
    tokens: list[str] = []
    with installation.app.app_context():
        for begin in range(0, number, CHUNK):
            some = make_pending(petition_id, min(CHUNK, number - begin))
            tokens += (make_token(TokenPurpose.CONFIRM_SIGNATURE, row) for row in some)
    return tokens


def tally_of(installation: Installation, petition_id: int) -> int:
    """How many signatures a petition counts."""
    with installation.app.app_context():
        return db.session.get_one(Tally, petition_id).online


def get_request(port: int, path: str) -> bytes:
    """A ready request for a page, as a browser asks for it."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n"
        "Accept-Encoding: gzip, deflate, br, zstd\r\n\r\n"
    ).encode("ascii")


def post_request(port: int, path: str, fields: dict[str, str], network: int = 0) -> bytes:
    """A ready request that sends a form, from one of many networks, as a proxy hands it on."""
    address = ipaddress.ip_address((10 << 24) + (network << 8) + 1)
    body = urlencode(fields).encode("ascii")
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\n"
        f"X-Forwarded-For: {address}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def sign_requests(port: int, slug: str, number: int) -> Iterator[bytes]:
    """Requests to sign, each with another address, and from as many networks as a crowd has."""
    run = secrets.token_hex(4)
    for count in range(number):
        fields = {
            "name": f"Signer {count}",
            "email": f"signer-{run}-{count}@example.org",
            "country": "PK",
            "hand_over": "y",
            "comment": "",
        }
        yield post_request(port, f"/campaigns/{slug}/sign", fields, network=count % NETWORKS)


def _fill(petition: Petition, signatures: int) -> None:
    statement = text(FILL[db.engine.dialect.name])
    values = {"petition": petition.id, "day": utcnow().date().isoformat(), "number": signatures}
    if signatures:
        db.session.execute(statement, values)
    petition.tally.online = signatures
    record_goals(petition.id)
    db.session.commit()
