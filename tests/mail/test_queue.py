"""Queueing mail in the transaction that causes it, and cancelling it."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Select, Uuid, literal, select, union_all

from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery, DeliveryState, Priority
from campaigns.mail.operations import (
    cancel_deliveries,
    queue_deliveries_from,
    queue_delivery,
)
from tests.mail.notes import delivery_of, states


def queue(name: str, key: str | None = None) -> bool:
    return queue_delivery(
        kind="test.note", about_id=name, dedupe_key=key or name, priority=Priority.ASKED_FOR
    )


def rows(*row_ids: UUID) -> Select[UUID]:
    """A selection of ids, as a room makes one of its rows."""
    found = union_all(*(select(literal(row_id, Uuid()).label("id")) for row_id in row_ids))
    return select(found.subquery().c.id)


def fan_out(recipients: Select[UUID]) -> int:
    return queue_deliveries_from(
        recipients, kind="test.news", about_id=12, priority=Priority.NEWS, campaign_id=3
    )


def test_a_mail_is_queued_once_however_often_it_is_asked_for(app: Flask) -> None:
    assert queue("one") is True
    assert queue("one") is False
    assert queue("two", key="one") is False
    assert states() == {"one": "queued"}


def test_mail_is_not_queued_when_what_caused_it_is_undone(app: Flask) -> None:
    queue("one")
    db.session.rollback()
    assert states() == {}


def test_a_queued_mail_keeps_neither_address_nor_text(app: Flask) -> None:
    columns = {column.name for column in Delivery.__table__.columns}
    assert not columns & {"address", "recipient", "body", "subject", "payload"}


def test_identifiers_of_rows_are_kept_in_one_form(app: Flask) -> None:
    row_id = UUID("00112233-4455-6677-8899-aabbccddeeff")
    queue_delivery(
        kind="test.note",
        about_id=7,
        recipient_id=row_id,
        dedupe_key="x",
        priority=Priority.NEWS,
    )
    assert delivery_of("7").recipient_id == "00112233445566778899aabbccddeeff"
    assert cancel_deliveries(recipient_id=row_id) == 1


def test_recipients_are_queued_without_leaving_the_database(app: Flask) -> None:
    row_ids = [uuid4() for _ in range(5)]
    everybody = rows(*row_ids)
    assert fan_out(everybody.order_by("id").limit(3)) == 3
    assert fan_out(everybody) == 2
    assert fan_out(everybody) == 0
    queued = db.session.scalars(select(Delivery)).all()
    assert {delivery.recipient_id for delivery in queued} == {row_id.hex for row_id in row_ids}
    assert {delivery.dedupe_key for delivery in queued} == {
        f"test.news:12:{delivery.recipient_id}" for delivery in queued
    }
    assert {(delivery.about_id, delivery.campaign_id) for delivery in queued} == {("12", 3)}


def test_what_is_queued_for_many_is_due_at_once(app: Flask) -> None:
    fan_out(rows(uuid4()))
    delivery = db.session.scalars(select(Delivery)).one()
    assert delivery.state is DeliveryState.QUEUED
    assert delivery.next_at is not None
    assert utcnow() - timedelta(minutes=1) < delivery.next_at <= utcnow()


def test_cancelling_reaches_only_what_it_names(app: Flask) -> None:
    for name in ("one", "two"):
        queue(name)
    queue_delivery(
        kind="test.other", about_id="one", dedupe_key="other", priority=Priority.ASKED_FOR
    )
    assert cancel_deliveries(kind="test.note", about_id="one") == 1
    assert cancel_deliveries(kind="test.note", about_id="one") == 0
    found = db.session.execute(select(Delivery.kind, Delivery.about_id, Delivery.state))
    assert {tuple(row) for row in found} == {
        ("test.note", "one", DeliveryState.CANCELLED),
        ("test.note", "two", DeliveryState.QUEUED),
        ("test.other", "one", DeliveryState.QUEUED),
    }


def test_cancelling_everything_by_mistake_is_refused(app: Flask) -> None:
    queue("one")
    with pytest.raises(ValueError, match="Say which"):
        cancel_deliveries(kind="test.note")
