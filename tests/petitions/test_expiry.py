"""What was typed and not confirmed is deleted in time, and so is what serves against floods."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery, DeliveryState, MailboxCap
from campaigns.mail.operations import queue_asked_for
from campaigns.petitions.floods import is_flooding
from campaigns.petitions.mails import CONFIRM
from campaigns.petitions.models import NetworkCount, Petition, Signature
from campaigns.updates.jobs import purge
from campaigns.vault.models import IndexKey
from campaigns.vault.operations import make_daily_keys
from tests.factories import make_campaign, make_petition, make_signature


@pytest.fixture
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(utcnow().replace(hour=12), tick=False) as traveller:
        yield traveller


@pytest.fixture
def petition(clock: time_machine.Traveller) -> Petition:
    return make_petition(make_campaign())


def test_pending_signatures_go_after_seven_days_and_confirmed_ones_stay(
    petition: Petition, clock: time_machine.Traveller
) -> None:
    confirmed = make_signature(petition).id
    make_signature(petition, confirmed=False)
    clock.shift(timedelta(days=6))
    later = make_signature(petition, confirmed=False).id
    clock.shift(timedelta(hours=23))
    purge()
    assert len(db.session.scalars(select(Signature.id)).all()) == 3
    clock.shift(timedelta(hours=1))
    purge()
    assert set(db.session.scalars(select(Signature.id))) == {confirmed, later}


def test_counts_and_keys_of_a_day_go_with_it(app: Flask, clock: time_machine.Traveller) -> None:
    keys = app.extensions["settings"].keys_path
    make_daily_keys(keys, utcnow().date())
    is_flooding(b"network", utcnow())
    db.session.add(MailboxCap(mailbox=b"mailbox", day=utcnow().date(), mails=1))
    purge()
    assert len(db.session.scalars(select(MailboxCap.mails)).all()) == 1
    assert len(db.session.scalars(select(NetworkCount.in_hour)).all()) == 1
    clock.shift(timedelta(days=1))
    purge()
    assert db.session.scalars(select(MailboxCap.mails)).all() == []
    assert db.session.scalars(select(NetworkCount.in_hour)).all() == []
    scopes = db.session.scalars(select(IndexKey.scope)).all()
    assert (utcnow() - timedelta(days=1)).date().isoformat() not in scopes


def test_a_signature_whose_mail_the_relay_refused_for_good_blocks_nobody(app: Flask) -> None:
    petition = make_petition(make_campaign())
    signatures = [make_signature(petition, confirmed=False) for _ in range(2)]
    for signature in signatures:
        queue_asked_for(kind=CONFIRM, about_id=signature.id, campaign_id=None)
    db.session.execute(
        update(Delivery)
        .where(Delivery.about_id == signatures[0].id.hex)
        .values(state=DeliveryState.FAILED, next_at=None)
    )
    purge()
    assert db.session.scalars(select(Signature.id)).all() == [signatures[1].id]
