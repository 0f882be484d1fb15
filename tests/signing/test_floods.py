"""A flood from one network: every answer stays the same, and what came in it does not count yet."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.petitions.floods import A_MINUTE, AN_HOUR
from campaigns.petitions.models import NetworkCount, Petition, Signature, SignatureState
from campaigns.petitions.queries import count_signatures
from campaigns.vault.tokens import TokenPurpose, make_token
from tests.factories import make_campaign, make_petition
from tests.fixtures.auditing import AuditingClient

FLOODED, QUIET = "203.0.113.7", "198.51.100.7"


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign("free-amal")


@pytest.fixture
def petition(campaign: Campaign) -> Petition:
    return make_petition(campaign)


def sign_from(client: AuditingClient, address: str, number: int, times: int = 1) -> list[int]:
    answers = []
    for count in range(number, number + times):
        data = {"name": "Amal Signer", "email": f"signer-{count}@example.org"}
        answer = client.post(
            "/campaigns/free-amal/sign", data=data, environ_overrides={"REMOTE_ADDR": address}
        )
        answers.append(answer.status_code)
    return answers


def confirm_all(client: AuditingClient) -> set[int]:
    waiting = select(Signature.id).where(Signature.state == SignatureState.PENDING)
    tokens = [
        make_token(TokenPurpose.CONFIRM_SIGNATURE, it) for it in db.session.scalars(waiting).all()
    ]
    db.session.commit()
    return {client.post(f"/confirm/{token}").status_code for token in tokens}


def states() -> dict[str, int]:
    rows = db.session.execute(select(Signature.state, func.count()).group_by(Signature.state))
    return {row[0].value: row[1] for row in rows}


def fill_hour(signings: int) -> None:
    """Have a network's hour so full, and its minute empty."""
    minute = int(utcnow().timestamp()) // 60
    db.session.execute(
        db.update(NetworkCount).values(
            minute=minute - 1, hour=minute // 60, in_minute=A_MINUTE, in_hour=signings
        )
    )
    db.session.commit()


def test_what_comes_after_sixty_in_a_minute_from_one_network_is_held_and_answered_alike(
    client: AuditingClient, petition: Petition, clock: time_machine.Traveller
) -> None:
    answers = sign_from(client, FLOODED, 0, A_MINUTE + 2)
    answers += sign_from(client, "203.0.113.250", 100)
    answers += sign_from(client, QUIET, 200)
    assert set(answers) == {303}
    assert confirm_all(client) == {303}
    assert states() == {"confirmed": A_MINUTE + 1, "held": 3}
    assert count_signatures(petition.id) == (A_MINUTE + 1, 0)


def test_a_network_is_held_against_nobody_a_minute_later(
    client: AuditingClient, petition: Petition, clock: time_machine.Traveller
) -> None:
    sign_from(client, FLOODED, 0, A_MINUTE + 1)
    clock.shift(timedelta(minutes=1))
    sign_from(client, FLOODED, 100)
    confirm_all(client)
    assert states() == {"confirmed": A_MINUTE + 1, "held": 1}


def test_what_comes_after_six_hundred_in_an_hour_is_held(
    client: AuditingClient, petition: Petition
) -> None:
    sign_from(client, FLOODED, 0)
    fill_hour(AN_HOUR - 1)
    sign_from(client, FLOODED, 1, 2)
    confirm_all(client)
    assert states() == {"confirmed": 2, "held": 1}


@pytest.mark.database("sqlite")
def test_networks_are_kept_as_noise(
    client: AuditingClient, petition: Petition, clock: time_machine.Traveller
) -> None:
    sign_from(client, FLOODED, 0)
    first = db.session.scalars(select(NetworkCount.network)).one()
    assert len(first) == 32
    assert b"203.0.113" not in first
    clock.shift(timedelta(days=1))
    sign_from(client, FLOODED, 1)
    assert db.session.scalars(select(func.count()).select_from(NetworkCount)).one() == 2
