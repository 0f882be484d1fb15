"""Everything that happens to supporters; a new way of handling them is one more function here.

Each gets a person of its own, who ticks nothing public, and leaves things as it found them.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, select, text

from campaigns.cases.models import Campaign
from campaigns.cli import cli
from campaigns.config import Settings
from campaigns.db import db, utcnow
from campaigns.petitions.models import Petition, PetitionState
from campaigns.vault.models import SealingKey
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to
from tests.mail.relay import DROP, Relay, running
from tests.signing.canaries import Person
from tests.signing.visitors import path_of, press, sign, subscribe

# The relay of these tests logs what it is told, as every relay does; it is not ours.
NOT_OURS = ("mail.",)


@dataclass
class Stage:
    """An installation, everybody who does something with it, and what they get to read."""

    app: Flask
    client: AuditingClient
    campaign: Campaign
    deliver: Callable[[], int]
    mailbox: Mailbox
    folder: Path
    caplog: pytest.LogCaptureFixture
    capfd: pytest.CaptureFixture[str]
    commands: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings: Settings = self.app.extensions["settings"]
        self.caplog.set_level(logging.DEBUG)

    def command(self, *arguments: str, typed: str = "") -> str:
        """Run `campaigns …`; what it prints is searched too, but for what was typed into it."""
        db.session.commit()
        result = CliRunner().invoke(cli, arguments, input=f"{typed}\n")
        db.session.rollback()
        assert result.exit_code == 0, result.output
        printed = result.output.replace(typed, "") if typed else result.output
        self.commands.append(printed)
        return printed

    def expect(self, words: str) -> None:
        """Demand that some log or command says so: that a flow went where it should."""
        self.expected.append(words)

    def confirm(self, person: Person) -> None:
        """Press the button of the last mail to somebody."""
        press(self.client, link_to(self.mailbox.last(person.mailbox), "/confirm/"))

    def outputs(self) -> dict[Path, bytes]:
        """Whatever was logged or printed."""
        formatter = logging.Formatter()
        ours = [it for it in self.caplog.records if not it.name.startswith(NOT_OURS)]
        printed = self.capfd.readouterr()
        return {
            Path("log"): "\n".join(map(formatter.format, ours)).encode(),
            Path("output"): (printed.out + printed.err).encode(),
            Path("commands"): "\n".join(self.commands).encode(),
        }


def is_confirmed(stage: Stage, person: Person) -> None:
    sign(stage.client, stage.campaign, person.address, **person.form)
    stage.deliver()
    stage.confirm(person)


def wants_news(stage: Stage, person: Person) -> None:
    ticks = {"updates": "y", "hand_over": "y"}
    sign(stage.client, stage.campaign, person.address, **person.form, **ticks)
    stage.deliver()
    stage.confirm(person)
    stage.deliver()


def signs_again(stage: Stage, person: Person) -> None:
    for _ in range(2):
        sign(stage.client, stage.campaign, person.address, **person.form)
    stage.deliver()
    stage.confirm(person)
    sign(stage.client, stage.campaign, person.address, **person.form)
    stage.deliver()


def never_confirms(stage: Stage, person: Person) -> None:
    sign(stage.client, stage.campaign, person.address, **person.form)
    stage.deliver()


def subscribes(stage: Stage, person: Person) -> None:
    subscribe(stage.client, stage.campaign, person.address)
    stage.deliver()
    stage.confirm(person)
    stage.deliver()


def leaves(stage: Stage, person: Person) -> None:
    subscribes(stage, person)
    subscribe(stage.client, stage.campaign, person.address)
    stage.deliver()
    link = link_to(stage.mailbox.last(person.mailbox), "/unsubscribe/")
    assert stage.client.post(path_of(link)).status_code in (200, 303)


def is_refused(stage: Stage, person: Person) -> None:
    form = person.form | {"country": "XX"}
    assert sign(stage.client, stage.campaign, person.address, **form).status_code == 422
    assert sign(stage.client, stage.campaign, f"{person.address}@").status_code == 422
    answer = subscribe(stage.client, stage.campaign, person.address, frequency="hourly")
    assert answer.status_code == 422


def comes_too_late(stage: Stage, person: Person) -> None:
    petition = db.session.scalars(select(Petition)).one()
    petition.state = PetitionState.CLOSED
    assert sign(stage.client, stage.campaign, person.address, **person.form).status_code == 409
    petition.state = PetitionState.OPEN
    db.session.commit()


def comes_from_another_site(stage: Stage, person: Person) -> None:
    path = f"/campaigns/{stage.campaign.slug}/sign"
    data = {"email": person.address, **person.form}
    origin = {"Origin": "https://elsewhere.example"}
    assert stage.client.post(path, data=data, headers=origin).status_code == 403


def is_erased(stage: Stage, person: Person) -> None:
    wants_news(stage, person)
    stage.command("supporter", "erase", stage.campaign.slug, typed=person.address)
    stage.expect("keeps nothing of this address")


def is_refused_by_the_relay(stage: Stage, person: Person) -> None:
    with _relay(stage) as relay:
        relay.on_recipient = lambda address: relay.answers.update(
            RCPT=f"550 5.1.1 <{address}>: no such mailbox {person.name}"
        )
        sign(stage.client, stage.campaign, person.address, **person.form)
        assert stage.deliver() == 0
        assert "RCPT" in relay.commands


def meets_a_relay_that_breaks_off(stage: Stage, person: Person) -> None:
    with _relay(stage) as relay:
        relay.answers = {"RCPT": [f"450 4.2.0 <{person.address}> later"], "DATA": DROP}
        subscribe(stage.client, stage.campaign, person.address)
        sign(stage.client, stage.campaign, person.address, **person.form)
        assert stage.deliver() == 0
        assert "DATA" in relay.commands


def meets_no_relay_at_all(stage: Stage, person: Person) -> None:
    with _relay(stage) as relay:
        pass
    with _settings(stage, mail_server="127.0.0.1", mail_port=relay.port):
        sign(stage.client, stage.campaign, person.address, **person.form)
        assert stage.deliver() == 0
    db.session.execute(text("DELETE FROM mail_pause"))
    db.session.commit()


def is_sent_an_update(stage: Stage, person: Person) -> None:
    wants_news(stage, person)
    file = stage.folder / "update.md"
    file.write_text("**Released** on bail.")
    stage.command("update", "send", stage.campaign.slug, "--title", "News", str(file))
    assert stage.deliver() > 0
    stage.expect("Published.")


def is_there_while_the_case_travels(stage: Stage, person: Person) -> None:
    is_confirmed(stage, person)
    file = stage.folder / "case.json"
    file.write_text(stage.command("export", stage.campaign.slug))
    stage.command("import", "--update", str(file))
    stage.command("recount")
    stage.command("mail", "status")
    stage.expect("solidarity-campaign/1")
    stage.expect("All counts are right.")


def is_sent_a_digest(stage: Stage, person: Person) -> None:
    subscribe(stage.client, stage.campaign, person.address, frequency="daily")
    stage.deliver()
    stage.confirm(person)
    stage.deliver()
    is_sent_an_update(stage, replace(person, address=f"x{person.address}"))
    with time_machine.travel(utcnow() + timedelta(days=1, hours=12)):
        assert stage.deliver() > 0
    assert "/unsubscribe/" in stage.mailbox.last(person.address).text


def meets_a_database_that_fails(stage: Stage, person: Person) -> None:
    db.session.execute(text("ALTER TABLE delivery RENAME TO away"))
    assert sign(stage.client, stage.campaign, person.address, **person.form).status_code == 503
    db.session.execute(text("ALTER TABLE away RENAME TO delivery"))
    db.session.commit()
    stage.expect("The database did not answer")


def meets_a_fault_of_ours(stage: Stage, person: Person) -> None:
    kept = stage.app.extensions["keyring"]
    stage.app.extensions["keyring"] = object()
    assert sign(stage.client, stage.campaign, person.address, **person.form).status_code == 500
    stage.app.extensions["keyring"] = kept
    stage.expect("AttributeError")


def finds_the_keys_gone(stage: Stage, person: Person) -> None:
    """The last of all: nobody can sign any more."""
    db.session.execute(delete(SealingKey))
    stage.app.extensions["keyring"]._public.clear()
    assert sign(stage.client, stage.campaign, person.address, **person.form).status_code == 503


FLOWS: tuple[Callable[[Stage, Person], None], ...] = (
    is_confirmed,
    wants_news,
    signs_again,
    never_confirms,
    subscribes,
    leaves,
    is_refused,
    comes_too_late,
    comes_from_another_site,
    is_erased,
    is_refused_by_the_relay,
    meets_a_relay_that_breaks_off,
    meets_no_relay_at_all,
    is_sent_an_update,
    is_there_while_the_case_travels,
    is_sent_a_digest,
    meets_a_database_that_fails,
    meets_a_fault_of_ours,
    finds_the_keys_gone,
)


@contextmanager
def _relay(stage: Stage) -> Iterator[Relay]:
    """Let mail go to a relay, and let it be forgotten afterwards that it rests."""
    with running(Relay()) as relay, _settings(stage, mail_server="127.0.0.1", mail_port=relay.port):
        yield relay
    db.session.execute(text("DELETE FROM mail_pause"))
    db.session.commit()


@contextmanager
def _settings(stage: Stage, **changed: object) -> Iterator[None]:
    stage.app.extensions["settings"] = replace(stage.settings, **changed)  # type: ignore[arg-type]
    yield
    stage.app.extensions["settings"] = stage.settings
