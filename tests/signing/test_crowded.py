"""Hundreds sign and confirm at once on the two processes an installation has."""

import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.config import Settings
from campaigns.db import db
from campaigns.mail.models import Delivery
from campaigns.petitions.models import Petition, Signature, Tally
from campaigns.petitions.operations import recount
from campaigns.vault.tokens import TokenPurpose, make_token
from tests.factories import make_campaign, make_petition, make_signature
from tests.factories.accounts import ORGANISER_PASSWORD, make_organiser
from tests.fixtures.measured import Measured
from tests.fixtures.servers import LiveServer, serving_web
from tests.signing.crowd import Reply, Visitor, all_at_once, busy, end_of_reading, signing

SIGNERS, VISITORS = 500, 16
SIGNING_IN = 2
PRESSES = 200
TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    campaign = make_campaign()
    make_petition(campaign)
    return campaign


@pytest.fixture
def petition(campaign: Campaign) -> Petition:
    return db.session.scalars(select(Petition)).one()


@pytest.fixture
def server(campaign: Campaign, settings: Settings, tmp_path: Path) -> Iterator[LiveServer]:
    log = tmp_path / "web.log"
    end_of_reading()
    with serving_web(settings, log) as server:
        yield server
    # Neither a lock nor anything else went wrong unseen.
    assert log.read_text() == ""


def sign_in(visitor: Visitor) -> None:
    """Open the form, send it, sign out: a password is hashed each time."""
    visitor.cookie = ""
    page = visitor.ask("GET", "/login")
    token = TOKEN.search(page.body)
    assert token, page.status
    typed = {"username": "ayesha", "password": ORGANISER_PASSWORD, "csrf_token": token[1].decode()}
    assert visitor.ask("POST", "/login", typed).status == 303


def test_five_hundred_sign_at_once_while_organisers_sign_in(
    petition: Petition,
    campaign: Campaign,
    settings: Settings,
    server: LiveServer,
    measured: Measured,
) -> None:
    make_organiser("ayesha")
    slug = campaign.slug

    def sign(number: int) -> Callable[[Visitor], Reply]:
        return lambda visitor: visitor.ask(*signing(slug, f"n{number}@example.org"))

    with busy(settings, sign_in, visitors=SIGNING_IN) as failures:
        replies = all_at_once(settings, map(sign, range(SIGNERS)), visitors=VISITORS)
    assert not failures
    assert Counter(reply.status for reply in replies) == {303: SIGNERS}
    signatures = {it.hex for it in db.session.scalars(select(Signature.id))}
    assert len(signatures) == SIGNERS
    queued = Counter(db.session.scalars(select(Delivery.about_id)))
    assert queued == Counter(signatures)
    seconds = [reply.seconds for reply in replies]
    measured("500 signings beside sign-ins, median seconds", statistics.median(seconds))
    measured("500 signings beside sign-ins, longest seconds", max(seconds))


def test_two_hundred_presses_of_one_mailed_button_count_once(
    petition: Petition, settings: Settings, server: LiveServer
) -> None:
    path = link_of(make_signature(petition, confirmed=False))

    def press(visitor: Visitor) -> Reply:
        return visitor.ask("POST", path, {})

    replies = all_at_once(settings, [press] * PRESSES, visitors=VISITORS)
    assert Counter(reply.status for reply in replies) == {303: PRESSES}
    db.session.rollback()
    assert recount(petition.id, repair=False) == (1, 1)
    # One of them alone was told which signature it is.
    told = Counter("number=1" in reply.headers["location"] for reply in replies)
    assert told == {True: 1, False: PRESSES - 1}


def test_scanners_that_look_at_mailed_links_all_at_once_change_nothing(
    petition: Petition, settings: Settings, server: LiveServer
) -> None:
    path = link_of(make_signature(petition, confirmed=False))
    before = everything()

    def looking(method: str) -> Callable[[Visitor], Reply]:
        return lambda visitor: visitor.ask(method, path)

    looks = [looking(method) for method in ("GET", "HEAD") * (PRESSES // 2)]
    replies = all_at_once(settings, looks, visitors=VISITORS)
    assert Counter(reply.status for reply in replies) == {200: PRESSES}
    db.session.rollback()
    assert everything() == before
    assert db.session.scalars(select(Tally.online)).one() == 0


def link_of(signature: Signature) -> str:
    return f"/confirm/{make_token(TokenPurpose.CONFIRM_SIGNATURE, signature.id)}"


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every row of the database."""
    return {
        table.name: [tuple(row) for row in db.session.execute(select(table))]
        for table in db.metadata.sorted_tables
    }
