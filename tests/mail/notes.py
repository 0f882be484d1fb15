"""A kind of mail of the tests' own: notes, which a room might send."""

from collections.abc import Collection, Iterable

from sqlalchemy import select

from campaigns.db import db
from campaigns.mail.claims import ClaimedDelivery
from campaigns.mail.composing import Batch, Letter, Withheld, letter, one_by_one, register_composer
from campaigns.mail.messages import RenderedMail, build_message
from campaigns.mail.models import Delivery, Priority
from campaigns.mail.operations import queue_delivery

# What the tests' room knows: the address each note goes to, and notes that break the composer.
ADDRESSES: dict[str, str] = {}
BROKEN: set[str] = set()
UNREADABLE: set[str] = set()


def compose_note(claim: ClaimedDelivery) -> Letter | Withheld | None:
    if claim.about_id in BROKEN:
        raise RuntimeError(f"a text that names {ADDRESSES[claim.about_id]}")
    if claim.about_id in UNREADABLE:
        return Withheld(claim.id)
    if (address := ADDRESSES.get(claim.about_id)) is None:
        return None
    words = RenderedMail(f"Note {claim.about_id}", f"Note {claim.about_id}\n", "<p>Note</p>")
    message = build_message(words, recipient=address, message_id=claim.message_id)
    return letter(claim, address, message)


def still_wanted(batch: Batch) -> Collection[int]:
    return {claim.id for claim in batch if claim.about_id in ADDRESSES}


compose_notes = one_by_one(compose_note)
for kind in ("test.note", "test.news"):
    register_composer(kind, compose=compose_notes, still_wanted=still_wanted)


def queue_notes(names: Iterable[str], *, priority: Priority = Priority.ASKED_FOR) -> None:
    """Queue and commit a note to name@example.org for each name."""
    kind = "test.note" if priority is Priority.ASKED_FOR else "test.news"
    for name in names:
        ADDRESSES[name] = f"{name}@example.org"
        queue_delivery(
            kind=kind,
            about_id=name,
            dedupe_key=f"{kind}:{name}",
            priority=priority,
            campaign_id=1,
        )
    db.session.commit()


def delivery_of(name: str) -> Delivery:
    """The delivery of a note, as the database has it now."""
    db.session.expire_all()
    return db.session.scalars(select(Delivery).where(Delivery.about_id == name)).one()


def states() -> dict[str, str]:
    """The state of every note by its name."""
    db.session.expire_all()
    rows = db.session.execute(select(Delivery.about_id, Delivery.state))
    return {row[0]: row[1].value for row in rows}
