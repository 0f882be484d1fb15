"""The description of the open data says what is answered, and nothing else."""

import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campaigns.cases.models import Campaign, Correction
from campaigns.cases.vocabulary import CampaignState, Confidence, EventKind
from campaigns.db import db
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_petition,
    make_signature,
)
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.servers import LiveServer
from tests.public.stories import STORIES

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
JSON = "application/json"


def described(client: AuditingClient) -> dict[str, Any]:
    response = client.get("/openapi.json")
    assert (response.status_code, response.mimetype) == (200, JSON)
    found: dict[str, Any] = response.get_json()
    return found


def faults(document: dict[str, Any], schema: dict[str, Any], answer: Any) -> list[str]:
    """Return where an answer differs from its schema; a field the schema lacks is a fault too."""
    closed = {name: _closed(it) for name, it in document["components"]["schemas"].items()}
    validator = jsonschema_rs.Draft202012Validator(
        schema | {"components": {"schemas": closed}}, validate_formats=True
    )
    return [f"{it.instance_path}: {it.message}" for it in validator.iter_errors(answer)]


def _closed(schema: Any) -> Any:
    """Return a schema that allows no field it does not name."""
    if isinstance(schema, list):
        return [_closed(it) for it in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: _closed(it) for name, it in schema.items()}
    return {"additionalProperties": False} | parts if "required" in schema else parts


def everything() -> Campaign:
    """An entry with whatever an entry can hold, retracted ones, and a petition half of it paper."""
    campaign = make_campaign("everything", translations={"ur": {"title": "x"}})
    person = make_detainee(campaign, "Amal Person", name_romanised="Amal", proceedings=["FIR 1"])
    article = make_article(campaign, archived_url="https://archive.example/1", archived_at=NOW)
    make_article(campaign, url=None, author="A. B.", excerpt="So.", translation_of_id=article.id)
    full = make_event(
        campaign,
        EventKind.APPEAL_FILED,
        "../2026-01-07",
        detainees=[person],
        proceeding="FIR 1",
        place="Lahore",
        disclosure="withheld",
        actor_name="The court",
        actor_kind="court",
        actor_state_link="unknown",
        text="**Long**",
        by="defence",
        confidence=Confidence.LIKELY,
        learned_at=NOW,
        translations={"ur": {"summary": "x", "text": None}},
        sources=[article],
    )
    full.sources[0].note = "Page 2."
    full.corrections.append(Correction(position=1, on=date(2026, 2, 1), note="n", was={"by": None}))
    for number, (kind, when) in enumerate(
        (
            (EventKind.ABDUCTED, "../2025-06"),
            (EventKind.BAIL_GRANTED, "2026-01~"),
            (EventKind.SOLITARY_BEGAN, ""),
            (EventKind.SOLITARY_ENDED, "2026-01-10/2026-01-12"),
            (EventKind.RELEASED, "2026-02-28"),
        )
    ):
        event = make_event(campaign, kind, when, detainees=[person])
        if number == 4:
            event.retracted_on, event.retracted_reason = date(2026, 2, 28), "No."
    make_event(
        campaign,
        EventKind.PETITION_HANDOVER,
        "2026-02",
        handover_count=3,
        handover_to="the Ministry",
    ).handover_at_least = True
    petition = make_petition(campaign, paper=2)
    for country in ("PK", "PK", None):
        make_signature(petition, country=country)
    db.session.commit()
    return campaign


@pytest.mark.parametrize("story", [*STORIES, "everything"])
@pytest.mark.database("sqlite")
@time_machine.travel(NOW)
def test_every_answer_is_as_described(app: Flask, client: AuditingClient, story: str) -> None:
    campaign = everything() if story == "everything" else STORIES[story]()
    document = described(client)
    asked = 0
    for path, item in document["paths"].items():
        (media, content), *_ = item["get"]["responses"]["200"]["content"].items()
        address = path.replace("{slug}", campaign.slug)
        days = ("", "?as_of=2025-12-07", "?known_on=2026-02-28") if "{slug}" in path else ("",)
        for query in days:
            response = client.get(address + query)
            assert response.status_code == 200
            assert response.mimetype == media
            if "schema" in content:
                found = faults(document, content["schema"], response.get_json())
                assert not found, f"{address}{query}: {found[:5]}"
                asked += 1
    assert asked == 1 + 4 * 3


@pytest.mark.database("sqlite")
def test_all_open_data_is_described(app: Flask, client: AuditingClient) -> None:
    document = described(client)
    rules = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if hasattr(app.view_functions[rule.endpoint], "open_data")
    }
    assert rules == document["paths"].keys()
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"]
    used = re.findall(r'"#/components/schemas/(\w+)"', client.get("/openapi.json").text)
    assert set(used) == document["components"]["schemas"].keys()


@pytest.mark.database("sqlite")
def test_what_goes_wrong_is_as_described_too(app: Flask, client: AuditingClient) -> None:
    STORIES["held"]()
    make_campaign("gone", state=CampaignState.REMOVED)
    document = described(client)
    for path, item in document["paths"].items():
        operation = item["get"]
        named = {parameter["name"]: parameter for parameter in operation["parameters"]}
        nonsense = {
            name: "no-such-thing"
            for name, it in named.items()
            if it["in"] == "query" and it["schema"].get("type") != "string"
        } | dict.fromkeys(named.keys() & {"as_of", "known_on"}, "2026-02-30")
        asked = [(path.replace("{slug}", "held"), nonsense, 400)] if nonsense else []
        if "slug" in named:
            asked += [(path.replace("{slug}", "nobody"), {}, 404)]
            asked += [(path.replace("{slug}", "gone"), {}, 410)]
        for address, query, code in asked:
            response = client.get(address, query_string=query)
            assert response.status_code == code, address
            answer = operation["responses"][str(code)]["content"]
            assert response.mimetype in answer
            for content in answer.values():
                if "schema" in content:
                    assert not faults(document, content["schema"], response.get_json())
        assert client.post(path.replace("{slug}", "held")).status_code == 405


@pytest.mark.parametrize("slug", ["%00", "%ff", "..", "a" * 5000, "'", "%F0%9F%98%80"])
def test_no_address_breaks_it(app: Flask, client: AuditingClient, slug: str) -> None:
    for path in ("{}.json", "{}/timeline.json", "{}/timeline.csv", "{}/feed.atom", "{}"):
        response = client.get(f"/campaigns/{path.format(slug)}")
        assert response.status_code in (400, 404), path


@pytest.mark.database("sqlite")
def test_other_sites_may_read_it_and_ask_whether_it_has_changed(
    app: Flask, client: AuditingClient
) -> None:
    STORIES["held"]()
    # Without the audit, which reads pages: an answer to OPTIONS is none.
    bare, base = FlaskClient(app, TestResponse), client.get("/").request.host_url
    for path in described(client)["paths"]:
        address = path.replace("{slug}", "held")
        response = client.get(address, headers={"Origin": "https://elsewhere.example"})
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Access-Control-Expose-Headers"] == "ETag"
        asked = bare.options(
            address,
            base_url=base,
            headers={
                "Origin": "https://elsewhere.example",
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "If-None-Match",
            },
        )
        assert asked.status_code == 200
        assert "If-None-Match" in asked.headers["Access-Control-Allow-Headers"]
        assert asked.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    page = client.get("/campaigns/held", headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in page.headers


@pytest.mark.database("sqlite")
def test_schemathesis_cannot_break_it(app: Flask, live_server: LiveServer, tmp_path: Path) -> None:
    everything()
    address = f"{live_server.url}/openapi.json"
    asked = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", "--max-examples=20", "--seed=1", address],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert asked.returncode == 0, asked.stdout[-5000:] + asked.stderr
    assert "9 selected / 9 total" in asked.stdout
    assert "No issues found" in asked.stdout
