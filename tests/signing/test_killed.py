"""The server is killed again and again while people sign: what was acknowledged is there."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psutil
from flask import Flask
from sqlalchemy import select

from campaigns.config import Settings
from campaigns.db import db
from campaigns.mail.models import Delivery
from campaigns.petitions.mails import CONFIRM
from campaigns.petitions.models import Signature, SignatureState
from campaigns.petitions.operations import recount
from campaigns.vault.addresses import canonical_address
from campaigns.vault.keyring import IndexPurpose, current_keyring
from campaigns.vault.tokens import TokenPurpose, make_token
from tests.factories import make_campaign, make_petition
from tests.factories.petitions import make_pending
from tests.fixtures.servers import LiveServer, serving_web
from tests.signing.crowd import Visitor, busy, signing

# Fifty kills: of single processes in each life of a server, which ends killed as a whole.
LIVES, KILLS_A_LIFE = 2, 24
VISITORS = 6
PENDING = 3000
# Longer than a signing takes, so that kills hit its every part.
LONGEST_PAUSE = 0.1
# Requests answered between two kills, at the least.
SERVED = 10
PATIENCE = 60.0


@dataclass
class Ledger:
    """Addresses signed with and signatures confirmed: acknowledged, or cut off, so unknown."""

    acknowledged: set[str | UUID] = field(default_factory=set)
    unknown: set[str | UUID] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)

    def note(self, what: str | UUID, status: int | None) -> None:
        if status is None:
            self.unknown.add(what)
        else:
            self.statuses.add(status)
            self.acknowledged.add(what)

    @property
    def signed(self) -> set[str]:
        return {it for it in self.acknowledged if isinstance(it, str)}

    @property
    def confirmed(self) -> set[UUID]:
        return {it for it in self.acknowledged if isinstance(it, UUID)}


def sign_and_confirm(
    slug: str, pending: Iterator[tuple[UUID, str]], ledger: Ledger
) -> Callable[[Visitor], None]:
    """Return what every visitor does: sign with a new address, and press a button of a mail."""
    numbers, turn = itertools.count(), threading.Lock()

    def work(visitor: Visitor) -> None:
        with turn:
            address = f"n{next(numbers)}@example.org"
            signature, path = next(pending)
        signed = visitor.ask(*signing(slug, address)).status
        confirmed = visitor.ask("POST", path, {}).status
        ledger.note(address, signed)
        ledger.note(signature, confirmed)
        if confirmed is None:
            # Nobody may be there to answer for a second.
            time.sleep(0.05)

    return work


def processes_of(server: LiveServer) -> list[psutil.Process]:
    """The processes that answer, the one that has lived longest first."""
    children = psutil.Process(server.pid).children()
    return sorted(children, key=lambda child: child.create_time())


def kill_the_oldest(server: LiveServer, ledger: Ledger, chance: random.Random) -> None:
    """Kill one of the two processes at a random moment, once both serve visitors."""
    before, until = len(ledger.acknowledged), time.monotonic() + PATIENCE
    while len(ledger.acknowledged) < before + SERVED or len(processes_of(server)) < 2:
        assert time.monotonic() < until, server.log.read_text()
        time.sleep(0.01)
    time.sleep(chance.uniform(0, LONGEST_PAUSE))
    oldest = processes_of(server)[0]
    oldest.kill()
    oldest.wait(PATIENCE)


def signatures_of(campaign_id: int, addresses: Iterable[str]) -> dict[str, UUID]:
    """The signatures an instance holds of some addresses, found as it finds them itself."""
    keyring, scope = current_keyring(), f"campaign:{campaign_id}"
    rows = db.session.execute(select(Signature.email_index, Signature.id)).all()
    stored = {row.email_index: row.id for row in rows}
    indexes = {
        address: keyring.index(IndexPurpose.SIGNATURES, scope, canonical_address(address))
        for address in addresses
    }
    return {address: stored[index] for address, index in indexes.items() if index in stored}


def test_fifty_kills_lose_no_acknowledged_signature_and_no_count(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    campaign = make_campaign()
    petition = make_petition(campaign)
    paths = {
        it: f"/confirm/{make_token(TokenPurpose.CONFIRM_SIGNATURE, it)}"
        for it in make_pending(petition.id, PENDING)
    }
    ledger, chance = Ledger(), random.Random(1)
    work = sign_and_confirm(campaign.slug, itertools.cycle(paths.items()), ledger)
    with busy(settings, work, visitors=VISITORS) as failures:
        for _ in range(LIVES):
            with serving_web(settings, tmp_path / "web.log") as server:
                for _ in range(KILLS_A_LIFE):
                    kill_the_oldest(server, ledger, chance)
    assert not failures
    # Whoever is not cut off is served: no fault of one reaches another.
    assert ledger.statuses == {303}
    assert len(ledger.unknown) >= LIVES
    stored = signatures_of(campaign.id, ledger.signed)
    assert set(stored) == ledger.signed
    queued = Counter(db.session.scalars(select(Delivery.about_id).where(Delivery.kind == CONFIRM)))
    assert {queued[signature.hex] for signature in stored.values()} == {1}
    confirmed = set(
        db.session.scalars(select(Signature.id).where(Signature.state == SignatureState.CONFIRMED))
    )
    assert ledger.confirmed <= confirmed <= ledger.confirmed | ledger.unknown
    assert recount(petition.id, repair=False) == (len(confirmed), len(confirmed))
    # What was cut off is there whole, with its mail, or not at all.
    everybody = db.session.scalars(select(Signature.id).where(Signature.id.not_in(paths))).all()
    assert {signature.hex for signature in everybody} == set(queued)
