"""The count is exact, and a wrong one is found and set right."""

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import event

from campaigns.db import db, utcnow
from campaigns.petitions.cli import recount
from campaigns.petitions.jobs import recount_all
from campaigns.petitions.models import Petition
from campaigns.petitions.queries import (
    compare_tally,
    confirmed_by_day,
    count_by_country,
    count_signatures,
    held_by_day,
)
from tests.factories import make_campaign, make_petition, make_signature


@pytest.fixture
def petition(app: Flask) -> Petition:
    petition = make_petition(make_campaign("free-amal"), paper=40)
    make_signature(petition)
    make_signature(petition, confirmed=False)
    return petition


def test_confirmed_signatures_and_those_on_paper_count(petition: Petition) -> None:
    assert count_signatures(petition.id) == (1, 40)


def test_right_counts_are_said_to_be_right(petition: Petition) -> None:
    result = CliRunner().invoke(recount)
    assert (result.exit_code, result.output) == (0, "All counts are right.\n")


def test_a_wrong_count_is_named_and_only_changed_when_asked_to(petition: Petition) -> None:
    petition.tally.online = 7
    db.session.commit()
    result = CliRunner().invoke(recount)
    assert result.exit_code == 1
    assert "free-amal: the count said 7, 1 are confirmed." in result.stderr
    assert count_signatures(petition.id) == (7, 40)
    result = CliRunner().invoke(recount, ["--repair"])
    assert result.exit_code == 0
    assert "1 set right." in result.output
    db.session.rollback()
    assert count_signatures(petition.id) == (1, 40)
    assert CliRunner().invoke(recount).exit_code == 0


def test_the_worker_sets_a_wrong_count_right_each_night(
    petition: Petition, caplog: pytest.LogCaptureFixture
) -> None:
    petition.tally.online = 7
    db.session.commit()
    recount_all()
    assert count_signatures(petition.id) == (1, 40)
    assert "free-amal" in caplog.text


def test_each_wrong_campaign_is_one_line_and_right_ones_are_left_alone(
    petition: Petition,
) -> None:
    other = make_petition(make_campaign("free-karim"))
    make_petition(make_campaign("free-zarina"))
    petition.tally.online, other.tally.online = 7, -1
    db.session.commit()
    result = CliRunner().invoke(recount, ["--repair"])
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "free-amal: the count said 7, 1 are confirmed.",
        "free-karim: the count said -1, 0 are confirmed.",
    ]
    assert result.stdout == "2 set right.\n"


# PostgreSQL plans by how many rows there are.
@pytest.mark.database("sqlite")
def test_counting_a_million_reads_an_index_and_no_signature(petition: Petition) -> None:
    asked: list[tuple[str, tuple[object, ...]]] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    compare_tally(petition.id)
    count_by_country(petition.id)
    confirmed_by_day(petition.id, utcnow().date())
    held_by_day(petition.id)
    connection = db.session.connection()
    for statement, values in [it for it in asked if "FROM signature" in it[0]]:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        assert any("signature USING COVERING INDEX" in row[3] for row in plan), statement
