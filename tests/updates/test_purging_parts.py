"""What endangers somebody goes everywhere, from the database file too, and leaves no content."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from campaigns.accounts.models import AuditEntry
from campaigns.accounts.roles import Role
from campaigns.cases.models import Article, Campaign, Correction, Event, Revision
from campaigns.cases.revisions import record_revision
from campaigns.cases.vocabulary import RevisedPart
from campaigns.config import Settings
from campaigns.db import Base, db, empty_log, utcnow
from campaigns.updates import jobs
from campaigns.updates.erasure_names import former_erasure_name
from campaigns.updates.models import Update
from campaigns.updates.operations import tell_of_event
from campaigns.updates.purging import purge_again
from campaigns.updates.replaying import replay_erasures
from campaigns.vault.erasures import Erased, ledger_path, read_ledger, record_erasures
from tests.dashboard.desk import sign_in
from tests.editing.writing import filled, said
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_subscription,
    make_update,
)
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.databases import SQLITE_FILE
from tests.fixtures.mail import Mailbox
from tests.public.surfaces import read_everything

CONSOLE = "/console/campaigns/watched"


@pytest.fixture
def campaign(app: Flask, client: AuditingClient) -> Campaign:
    """A campaign with an ordinary entry, and its owner signed in."""
    campaign = make_campaign("watched")
    make_detainee(campaign)
    make_event(campaign, sources=[make_article(campaign)])
    sign_in(client, make_organiser(roles={campaign: Role.OWNER}))
    return campaign


@pytest.fixture
def dangerous(campaign: Campaign) -> Event:
    """An entry that says “canary” wherever an entry and what comes of it can."""
    article = make_article(campaign, title="The canary sings", ref="canary-sings")
    event = make_event(
        campaign,
        date="2024-04-01",
        summary="The canary hides in Canary Street.",
        text="canary " * 3000,
        ref="canary-hides",
        sources=[*campaign.articles[:1], article],
        translations={"ur": {"summary": "canary", "text": "canary"}},
    )
    event.corrections.append(
        Correction(position=1, on=utcnow().date(), note="canary", was={"summary": "canary was"})
    )
    was = {"text": "canary before", "sources": [{"article": "canary-sings", "stance": "supports"}]}
    record_revision(
        RevisedPart.EVENT, event.id, campaign_id=campaign.id, organiser_id=None, was=was
    )
    tell_of_event(campaign, event, "A canary told us.")
    db.session.commit()
    return event


def purge(client: AuditingClient, path: str, typed: str = "watched") -> str:
    address = f"{CONSOLE}/{path}/purge"
    answer = client.post(address, data=filled(client.get(address), slug=typed))
    return said(client.get(answer.location) if answer.status_code == 303 else answer)


def test_a_purged_entry_is_gone_from_every_page_with_all_that_came_of_it(
    app: Flask, client: AuditingClient, campaign: Campaign, dangerous: Event
) -> None:
    visitor, event_id = app.test_client(), dangerous.id
    assert isinstance(visitor, AuditingClient)
    assert "Purged:" in purge(client, f"events/{event_id}")
    assert "Purged:" in purge(client, f"articles/{campaign.articles[-1].id}")
    db.session.expire_all()
    for address, (_, text) in read_everything(app, visitor, campaign).items():
        assert "canary" not in text.lower(), address
    assert visitor.get(f"/campaigns/watched/events/{event_id}").status_code == 404
    assert db.session.scalars(select(Update)).all() == []
    histories = db.session.scalars(select(Revision).where(Revision.object_id == event_id)).all()
    assert "canary" not in str([row.was for row in histories])
    for page in ("events", "articles"):
        assert "canary" not in client.get(f"{CONSOLE}/{page}").text.lower()


@pytest.mark.database("sqlite")
def test_it_is_gone_from_the_database_file_and_its_log(
    client: AuditingClient, campaign: Campaign, dangerous: Event, settings: Settings
) -> None:
    def files() -> list[Path]:
        return list(settings.instance_path.glob(f"{SQLITE_FILE}*"))

    assert any(b"canary" in it.read_bytes().lower() for it in files())
    purge(client, f"events/{dangerous.id}")
    purge(client, f"articles/{campaign.articles[-1].id}")
    db.session.remove()
    assert empty_log()
    assert [it.name for it in files() if b"canary" in it.read_bytes().lower()] == []
    for path in settings.instance_path.glob("*.log"):
        assert b"canary" not in path.read_bytes().lower(), path.name


def test_the_trail_tells_that_something_was_purged_and_not_what(
    client: AuditingClient, campaign: Campaign, dangerous: Event
) -> None:
    event_id = dangerous.id
    purge(client, f"events/{event_id}")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "event_purged")).one()
    assert (entry.about, entry.detail) == (f"event:{event_id}", {})


@pytest.mark.database("sqlite")
def test_it_is_asked_twice_and_a_slip_purges_nothing(
    client: AuditingClient, campaign: Campaign, dangerous: Event
) -> None:
    answer = purge(client, f"events/{dangerous.id}", typed="wrong")
    assert "Type the campaign's short name exactly" in answer
    assert db.session.get(Event, dangerous.id) is not None


def test_an_entry_that_rested_on_a_purged_article_stays_and_can_be_mended(
    client: AuditingClient, campaign: Campaign
) -> None:
    event = campaign.events[0]
    other = make_article(campaign, title="Another report")
    first = event.sources[0].article_id
    address = f"{CONSOLE}/events/{event.id}"
    changes = {"sources-1-article": str(other.id), "note": "One more source."}
    form = filled(client.get(address)) | changes
    assert client.post(address, data=form).status_code == 303
    purge(client, f"articles/{first}")
    db.session.expire_all()
    assert [(it.position, it.article.title) for it in event.sources] == [(1, "Another report")]
    assert "article-1" not in str([it.was for it in event.corrections])
    form = filled(client.get(address), note="And another.") | {
        "sources-1-article": str(make_article(campaign, title="A third", ref="third").id)
    }
    assert client.post(address, data=form).status_code == 303


def as_backed_up(row: Base, **changes: object) -> Base:
    """A copy of a row, as a backup holds it and a restore brings it back."""
    stored = {it.key: getattr(row, it.key) for it in inspect(type(row)).columns}
    return type(row)(**stored | changes)


def purge_what_came_back(*rows: Base) -> int:
    db.session.add_all(rows)
    db.session.flush()
    ledger = read_ledger(ledger_path())
    return sum(purge_again(kind, names) for kind, names in ledger.items() if names)


def test_what_was_purged_is_purged_again_from_a_backup_though_called_otherwise_there(
    client: AuditingClient, campaign: Campaign, dangerous: Event
) -> None:
    article = campaign.articles[-1]
    back = [as_backed_up(row, ref="by-her-name") for row in (dangerous, article)]
    purge(client, f"events/{dangerous.id}")
    purge(client, f"articles/{article.id}")
    ledger = ledger_path().read_text()
    assert "canary" not in ledger
    assert "by-her-name" not in ledger
    assert purge_what_came_back(*back) == 2
    assert len(db.session.scalars(select(Event)).all()) == 1
    assert len(db.session.scalars(select(Article)).all()) == 1


def test_what_was_made_since_is_left_alone_though_it_is_called_or_numbered_as_what_was_purged(
    client: AuditingClient, campaign: Campaign, dangerous: Event
) -> None:
    same_number = as_backed_up(dangerous, created_at=utcnow(), ref="else")
    same_ref = as_backed_up(dangerous, created_at=utcnow(), id=dangerous.id + 1)
    purge(client, f"events/{dangerous.id}")
    assert purge_what_came_back(same_number, same_ref) == 0


def test_an_update_is_purged_from_a_backup_in_which_it_was_a_draft(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> None:
    update = make_update(campaign, title="The canary lives in Canary Street.")
    draft = as_backed_up(update, published_at=None, written_at=utcnow() - timedelta(days=1))
    update_id = update.id
    assert "Purged:" in purge(client, f"updates/{update_id}")
    visitor = app.test_client()
    assert isinstance(visitor, AuditingClient)
    assert visitor.get(f"/campaigns/watched/updates/{update_id}").status_code == 404
    assert "canary" not in visitor.get("/campaigns/watched/updates").text.lower()
    make_update(campaign, title="Something else.")
    assert purge_what_came_back(draft) == 1
    assert db.session.scalars(select(Update.title)).all() == ["Something else."]


def test_ledgers_of_before_are_still_understood(app: Flask, campaign: Campaign) -> None:
    event, update = campaign.events[0], make_update(campaign)
    update.created_at = None
    record_erasures(Erased.EVENT, [former_erasure_name(event)])
    record_erasures(Erased.UPDATE, [former_erasure_name(update)])
    record_erasures(Erased.HIGH_RISK, [campaign.slug])
    done = replay_erasures(read_ledger(ledger_path()))
    assert (done.parts, done.campaigns) == (2, 1)


def test_what_comes_after_something_purged_is_mailed_and_has_a_number_of_its_own(
    client: AuditingClient,
    campaign: Campaign,
    mailbox: Mailbox,
    deliver: Callable[[], int],
) -> None:
    make_subscription(campaign)
    event = make_event(campaign, summary="The canary hides.")
    for about in (event.id, None):
        update = make_update(campaign, title="The canary sings.", event_id=about)
        jobs.queue_updates()
        deliver()
    gone = (event.id, update.id)
    purge(client, f"updates/{update.id}")
    purge(client, f"events/{event.id}")
    before = len(mailbox.mails())
    later, news = make_event(campaign), make_update(campaign, title="Something else.")
    assert (later.id, news.id) > gone
    assert news.id > gone[1]
    jobs.queue_updates()
    deliver()
    assert [it.subject for it in mailbox.mails()[before:]] == ["Something else."]
