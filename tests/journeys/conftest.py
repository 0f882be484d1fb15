"""A campaign and an organiser for journeys through the site in a real browser."""

from datetime import timedelta
from typing import TypeVar

import pytest
from flask import Flask

from campaigns.accounts.models import Organiser
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import EventKind
from campaigns.db import db, utcnow
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_petition,
    make_signature,
    make_update,
)

Row = TypeVar("Row", Campaign, Organiser)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test here that takes a browser."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    """A campaign with something of everything a page can show."""
    campaign = make_campaign("free-zarina", title="Free Zarina Example")
    zarina = make_detainee(campaign, "زرینہ مثال", name_romanised="Zarina Example")
    friend = make_detainee(campaign, "Karim Example")
    report = make_article(campaign)
    print_only = make_article(campaign, title="Readers held", outlet="The Example", url=None)
    held, near = EventKind.ARRESTED, (utcnow() + timedelta(days=5)).replace(microsecond=0)
    make_event(campaign, held, "2024-03-01~", detainees=[zarina], sources=[report, print_only])
    make_event(campaign, held, "2024-03-02", detainees=[friend])
    make_event(campaign, EventKind.RELEASED_ON_BAIL, "2024-03-09", detainees=[friend])
    make_event(
        campaign,
        EventKind.HEARING,
        near.date().isoformat(),
        detainees=[zarina],
        hearing_starts_at=near,
        hearing_court="Sessions Court, Example City",
        hearing_status="scheduled",
    )
    make_event(campaign, EventKind.PROTEST, "2024-04", text="Two hundred came. **They stayed.**")
    petition = make_petition(campaign, paper=12)
    make_signature(petition)
    make_update(campaign)
    return _let_go(campaign)


@pytest.fixture
def organiser(campaign: Campaign) -> Organiser:
    """Somebody who may post in the campaign; the password is ORGANISER_PASSWORD."""
    return _let_go(make_organiser("amina", roles={campaign: Role.OWNER}))


@pytest.fixture
def owners(campaign: Campaign) -> tuple[Organiser, Organiser]:
    """Two who own the campaign together, each with an authenticator app: see `looking.sign_in`."""
    olga, omid = (
        _let_go(make_organiser(name, roles={campaign: Role.OWNER}, second_factor=True))
        for name in ("olga", "omid")
    )
    return olga, omid


@pytest.fixture
def admin(app: Flask) -> Organiser:
    """A site admin who has not set up a second factor yet."""
    return _let_go(make_organiser("ayesha", site_admin=True, second_factor=False))


def _let_go(row: Row) -> Row:
    """Keep a row's own values but no transaction: the site under test is another process."""
    db.session.refresh(row)
    db.session.expunge_all()
    db.session.rollback()
    return row
