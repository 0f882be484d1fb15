"""What came in a flood is confirmed like all others, and counts once an organiser lets it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.petitions.floods import A_MINUTE, is_flooding
from campaigns.petitions.models import Petition, Signature, SignatureState
from campaigns.petitions.operations import Ticks, recount, sign_petition
from campaigns.petitions.queries import signing_terms
from campaigns.petitions.sealed import seal_signature
from campaigns.updates.erasure import erase_supporter
from campaigns.updates.jobs import purge
from campaigns.updates.models import Subscription
from campaigns.vault.keyring import current_keyring
from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.factories import make_campaign, make_organiser, make_petition, make_signature
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to
from tests.signing.visitors import count, path_of

CONSOLE = "/console/campaigns/free-amal"


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign("free-amal")


@pytest.fixture
def petition(campaign: Campaign) -> Petition:
    return make_petition(campaign, goals=[2, 5, 100])


def sign(petition: Petition, *, held: bool, email: str = "amal@example.org") -> None:
    """Sign, in a flood from one network or from another."""
    for _ in range(A_MINUTE if held else 0):
        is_flooding(b"in a flood", utcnow())
    sealed = seal_signature(
        current_keyring(),
        petition.campaign_id,
        email=email,
        locale="en",
        name="Amal Signer",
        comment="",
        show_name=True,
    )
    ticks = Ticks(show_name=True, hand_over=True, updates=True)
    terms = signing_terms("free-amal")
    assert terms
    sign_petition(
        terms,
        sealed,
        ticks,
        country="PK",
        network=b"in a flood" if held else b"quiet",
    )
    db.session.commit()


def hold(petition: Petition, number: int = 1, days_ago: int = 0) -> list[Signature]:
    """Make signatures that were confirmed and are held."""
    day = utcnow().date() - timedelta(days=days_ago)
    state = SignatureState.HELD
    return [
        make_signature(petition, state=state, held=True, confirmed_on=day) for _ in range(number)
    ]


def decide(client: AuditingClient, what: str, day: str = "") -> int:
    """Press a button for held signatures."""
    token = token_of(client.get(f"{CONSOLE}/signatures"))
    form = {"csrf_token": token, "day": day}
    return client.post(f"{CONSOLE}/held/{what}", data=form).status_code


def states() -> list[str]:
    return sorted(db.session.scalars(select(Signature.state)))


@pytest.fixture
def editor(client: AuditingClient, campaign: Campaign, petition: Petition) -> AuditingClient:
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    return client


def test_whoever_confirms_is_thanked_alike_and_not_counted(
    client: AuditingClient, petition: Petition, deliver: Callable[[], int], mailbox: Mailbox
) -> None:
    sign(petition, held=True)
    sign(petition, held=False, email="karim@example.org")
    deliver()
    links = [
        path_of(link_to(mailbox.last(address), "/confirm/"))
        for address in ("amal@example.org", "karim@example.org")
    ]
    for link in links * 2:
        assert client.post(link).status_code == 303
    held, counted = (client.get(link).text for link in links)
    assert held == counted
    assert "Thank you" in held
    assert states() == ["confirmed", "held"]
    assert recount(petition.id, repair=False) == (1, 1)


def test_nothing_is_done_with_them_until_they_are_released(
    editor: AuditingClient, petition: Petition, deliver: Callable[[], int]
) -> None:
    make_signature(
        petition, name="Held Back", show_name=True, updates=True, state=SignatureState.HELD
    )
    deliver()
    assert count(Subscription) == 0
    assert "Held Back" not in editor.get("/campaigns/free-amal").text
    assert decide(editor, "release") == 303
    deliver()
    assert count(Subscription) == 1
    assert "Held Back" in editor.get("/campaigns/free-amal?locale=en").text


def test_they_outlive_what_was_not_confirmed(petition: Petition) -> None:
    hold(petition, 2)
    make_signature(petition, confirmed=False)
    with time_machine.travel(utcnow() + timedelta(days=30)):
        purge()
    assert states() == ["held", "held"]


def test_one_tap_counts_a_day_and_reaches_goals(editor: AuditingClient, petition: Petition) -> None:
    hold(petition, 3, days_ago=1)
    hold(petition, 2)
    day = utcnow().date() - timedelta(days=1)
    assert decide(editor, "release", day.isoformat()) == 303
    assert recount(petition.id, repair=False) == (3, 3)
    reached = editor.get("/campaigns/free-amal.json").json
    assert reached["petition"]["goals_reached"] == [2]  # type: ignore[index]
    page = editor.get(f"{CONSOLE}/signatures").text
    assert "3 signatures count now." in page
    assert "2 signatures held" in page
    decide(editor, "release")
    assert recount(petition.id, repair=False) == (5, 5)
    page = editor.get(f"{CONSOLE}/signatures").text
    assert "held" not in page.partition("<h1")[2]


def test_releasing_twice_counts_once(editor: AuditingClient, petition: Petition) -> None:
    hold(petition, 2)
    for _ in range(2):
        assert decide(editor, "release") == 303
    assert recount(petition.id, repair=False) == (2, 2)
    assert "There was nothing left to release." in editor.get(f"{CONSOLE}/signatures").text


def test_a_misuse_is_deleted_and_never_counted(editor: AuditingClient, petition: Petition) -> None:
    make_signature(petition)
    hold(petition, 3)
    assert decide(editor, "delete") == 303
    assert states() == ["confirmed"]
    assert recount(petition.id, repair=False) == (1, 1)


def test_deleting_asks_for_the_password_again(editor: AuditingClient, petition: Petition) -> None:
    hold(petition, 3)
    with time_machine.travel(utcnow() + timedelta(minutes=20)):
        assert decide(editor, "delete") == 403
        assert decide(editor, "release") == 303


def test_erasing_one_takes_nothing_from_the_count(campaign: Campaign, petition: Petition) -> None:
    make_signature(petition)
    make_signature(petition, "amal@example.org", state=SignatureState.HELD)
    assert erase_supporter(current_keyring(), campaign, "amal@example.org") == 1
    db.session.commit()
    assert recount(petition.id, repair=False) == (1, 1)


def test_signing_again_without_a_flood_is_enough(petition: Petition) -> None:
    sign(petition, held=True)
    sign(petition, held=False)
    sign(petition, held=True)
    assert db.session.scalars(select(Signature.held)).one() is False


def test_signing_again_releases_none_that_is_confirmed(
    petition: Petition, deliver: Callable[[], int], mailbox: Mailbox
) -> None:
    make_signature(petition, "amal@example.org", state=SignatureState.HELD, held=True)
    sign(petition, held=False)
    assert states() == ["held"]
    assert db.session.scalars(select(Signature.held)).one() is True
    deliver()
    assert "confirmed before" in mailbox.last("amal@example.org").text


@pytest.mark.parametrize("what", ["release", "delete"])
def test_a_viewer_sees_them_and_decides_nothing(
    client: AuditingClient, campaign: Campaign, petition: Petition, what: str
) -> None:
    hold(petition, 2)
    sign_in(client, make_organiser(roles={campaign: Role.VIEWER}))
    page = client.get(f"{CONSOLE}/signatures").text
    assert "2 signatures held" in page
    assert "Release these" not in page
    assert decide(client, what) == 403
    assert states() == ["held", "held"]


@pytest.mark.database("sqlite")  # the form alone is looked at
def test_a_day_that_is_none_is_refused(editor: AuditingClient, petition: Petition) -> None:
    hold(petition)
    assert decide(editor, "release", "yesterday") == 400
    assert states() == ["held"]


def test_the_start_page_says_how_many_are_held(editor: AuditingClient, petition: Petition) -> None:
    assert "held" not in editor.get("/console").text.partition("<h1")[2]
    hold(petition, 2)
    page = editor.get("/console").text
    assert "2 signatures held" in page
    assert f'href="{CONSOLE}/signatures#held-heading"' in page
