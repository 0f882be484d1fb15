"""What is past its time is purged: shown first when asked to, in pieces, and never by halves."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, insert, select

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState
from campaigns.config import Settings
from campaigns.db import Base, db, only_reading, utcnow
from campaigns.mail.models import Delivery, DeliveryState, MailboxCap
from campaigns.petitions.cli import recount
from campaigns.petitions.jobs import recount_all
from campaigns.petitions.mails import REPEAT
from campaigns.petitions.models import Petition, PublicSigner, Signature
from campaigns.petitions.operations import show_signer
from campaigns.petitions.queries import count_signatures
from campaigns.updates import jobs
from campaigns.updates.cli import purge, supporter
from campaigns.updates.models import Subscription
from campaigns.vault.erasures import ledger_path
from campaigns.vault.models import IndexKey
from campaigns.vault.operations import has_campaign_indexes, make_campaign_indexes
from campaigns.web.finished import expire_finished
from tests.factories import make_campaign, make_petition, make_signature, make_subscription
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.servers import environment_of

MONTH = timedelta(days=30)
PATIENCE = 30.0


@pytest.fixture
def petition(campaign: Campaign) -> Petition:
    """Three have signed, one of them in public; one has not confirmed, one subscribed."""
    petition = make_petition(campaign, paper=5)
    shown = make_signature(petition, "shown@example.org", name="Nasreen Shown", show_name=True)
    show_signer(shown.id, campaign.id, "Nasreen Shown", None, sealed=shown.sealed_public or b"")
    for _ in range(2):
        make_signature(petition)
    make_signature(petition, confirmed=False)
    make_subscription(campaign, "shown@example.org")
    db.session.commit()
    return petition


def archive(campaign: Campaign, ago: timedelta = timedelta(0)) -> None:
    campaign.state = CampaignState.ARCHIVED
    campaign.closed_on = utcnow().date()
    campaign.archived_at = utcnow() - ago
    campaign.version += 1
    db.session.commit()


def count(model: type[Base]) -> int:
    with only_reading():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def run(*options: str) -> dict[str, int]:
    """What the command says, by kind."""
    result = CliRunner().invoke(purge, options)
    assert result.exit_code == 0, result.output
    lines = [line.split(" ", 1) for line in result.stdout.splitlines()]
    return {words: int(number) for number, words in lines if number.isdigit()}


def test_supporters_stay_for_thirty_days_after_archiving(
    petition: Petition, campaign: Campaign, clock: time_machine.Traveller
) -> None:
    archive(campaign)
    clock.shift(MONTH - timedelta(seconds=1))
    jobs.purge()
    assert (count(Signature), count(Subscription)) == (3, 1)
    clock.shift(timedelta(seconds=1))
    jobs.purge()
    assert count(Signature) == count(Subscription) == count(PublicSigner) == 0
    assert not has_campaign_indexes(campaign.id)


def test_a_campaign_that_is_reopened_or_never_closed_keeps_its_supporters(
    petition: Petition, campaign: Campaign
) -> None:
    jobs.purge()
    assert count(Signature) == 4
    archive(campaign, MONTH)
    campaign.state, campaign.archived_at = CampaignState.PUBLISHED, None
    db.session.commit()
    jobs.purge()
    assert count(Signature) == 4


def test_the_public_count_stays_and_the_names_go(
    client: AuditingClient, petition: Petition, campaign: Campaign
) -> None:
    archive(campaign)
    page = f"/campaigns/{campaign.slug}"
    assert "Nasreen Shown" in client.get(page).text
    archive(campaign, MONTH)
    jobs.purge()
    expire_finished()
    text = client.get(page).text
    assert "Nasreen Shown" not in text
    assert "Their names have been deleted since" in text
    assert client.get(f"{page}/count.json").get_json()["count"] == 8


def test_the_nightly_count_takes_a_purge_for_no_fault(
    petition: Petition, campaign: Campaign, app: Flask
) -> None:
    archive(campaign, MONTH)
    jobs.purge()
    recount_all()
    assert count_signatures(petition.id) == (3, 5)
    assert CliRunner().invoke(recount).exit_code == 0
    campaign.state, campaign.archived_at = CampaignState.PUBLISHED, None
    make_campaign_indexes(app.extensions["settings"].keys_path, campaign.id)
    db.session.commit()
    app.extensions["keyring"]._index.clear()
    make_signature(petition)
    recount_all()
    assert count_signatures(petition.id) == (4, 5)


def test_another_campaign_keeps_all_it_has(petition: Petition, campaign: Campaign) -> None:
    other = make_campaign()
    make_signature(make_petition(other))
    make_subscription(other)
    archive(campaign, MONTH)
    jobs.purge()
    assert (count(Signature), count(Subscription)) == (1, 1)
    assert has_campaign_indexes(other.id)


def test_a_dry_run_says_what_would_go_and_changes_nothing(
    petition: Petition, campaign: Campaign, clock: time_machine.Traveller
) -> None:
    db.session.add(MailboxCap(mailbox=b"x" * 32, day=utcnow().date(), mails=1))
    archive(campaign, MONTH - timedelta(days=8))
    clock.shift(timedelta(days=8))
    tables = (Signature, Subscription, PublicSigner, MailboxCap, IndexKey, Delivery)
    before = [count(table) for table in tables]
    said = run("--dry-run")
    assert said["signatures of archived campaigns"] == 4
    assert said["public names of archived campaigns"] == 1
    assert said["signatures not confirmed in time"] == 1
    assert said["subscriptions to archived campaigns"] == 1
    assert said["index keys of archived campaigns"] == 2
    assert said["caps on mail of earlier days"] == 1
    assert [count(table) for table in tables] == before
    run()
    assert set(run("--dry-run").values()) == {0}
    assert count(Signature) == count(Subscription) == count(MailboxCap) == 0


def test_mail_that_waits_for_somebody_purged_is_not_sent(
    petition: Petition, campaign: Campaign
) -> None:
    subscription = db.session.scalars(select(Subscription)).one()
    signature = db.session.scalars(select(Signature).limit(1)).one()
    for name, ids in {
        "news": {"about_id": "1", "recipient_id": subscription.id.hex},
        "repeat": {"about_id": signature.id.hex},
        "other": {"about_id": "1", "recipient_id": "f" * 32},
    }.items():
        db.session.add(Delivery(kind=REPEAT, dedupe_key=name, priority=10, **ids))
    archive(campaign, MONTH)
    jobs.purge()
    states = db.session.execute(select(Delivery.dedupe_key, Delivery.state)).all()
    assert {row[0]: row[1] for row in states} == {
        "news": DeliveryState.CANCELLED,
        "repeat": DeliveryState.CANCELLED,
        "other": DeliveryState.QUEUED,
    }


def test_a_purge_stands_in_no_ledger(petition: Petition, campaign: Campaign) -> None:
    archive(campaign, MONTH)
    jobs.purge()
    assert not ledger_path().exists()


def test_somebody_who_asks_later_hears_the_same_as_ever(
    petition: Petition, campaign: Campaign, app: Flask
) -> None:
    archive(campaign, MONTH)
    jobs.purge()
    app.extensions["keyring"]._index.clear()
    result = CliRunner().invoke(supporter, ["erase", campaign.slug], input="shown@example.org\n")
    assert "Erased." in result.output


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_a_purge_cut_short_keeps_the_count_and_is_gone_on_with(
    app: Flask, settings: Settings, blow: signal.Signals
) -> None:
    campaign = make_campaign()
    petition = make_petition(campaign)
    many = 4000
    first = make_signature(petition)
    columns = {column.name: getattr(first, column.name) for column in Signature.__table__.columns}
    db.session.execute(
        insert(Signature),
        [
            columns | {"id": UUID(int=number), "email_index": number.to_bytes(32, "big")}
            for number in range(1, many)
        ],
    )
    petition.tally.online = many
    db.session.commit()
    archive(campaign, MONTH)
    # What runs in the background ignores Ctrl-C, and so would what it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "campaigns.cli", "purge"],
        env=environment_of(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    signal.signal(signal.SIGINT, before)
    _wait(lambda: count(Signature) < many)
    process.send_signal(blow)
    said = process.communicate()[1]
    assert process.returncode == (-9 if blow == signal.SIGKILL else 130), said
    left = count(Signature)
    assert 0 < left < many
    db.session.expire_all()
    assert petition.signatures_purged == many - left
    assert count_signatures(petition.id) == (many, 0)
    assert run()["signatures of archived campaigns"] == left
    assert count(Signature) == 0
    recount_all()
    assert count_signatures(petition.id) == (many, 0)


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.002)
