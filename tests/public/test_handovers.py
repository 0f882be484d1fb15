"""What was handed over stands with the petition, in its numbers and on every surface."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from flask import Flask

from campaigns.cases.vocabulary import EventKind
from campaigns.web.finished import expire_finished
from tests.factories import make_campaign, make_event, make_petition
from tests.fixtures.auditing import AuditingClient
from tests.public.stories import STORIES, TODAY, words

pytestmark = pytest.mark.database("sqlite")


@pytest.fixture(autouse=True)
def now(app: Flask) -> Iterator[None]:
    """The first of March 2026."""
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=True):
        yield


def test_handovers_are_summed_up_with_the_petition(app: Flask, client: AuditingClient) -> None:
    campaign = STORIES["corrected"]()
    for count, extra in ((60, {}), (7, {"confidence": "possible"}), (9, {"retracted_on": TODAY})):
        make_event(
            campaign,
            EventKind.PETITION_HANDOVER,
            "2025-05-01",
            handover_count=count,
            handover_to="the Minister",
            **extra,
        )
    text = words(client.get("/campaigns/corrected").text)
    assert "700 signatures in 2 handovers" in text
    petition = client.get("/campaigns/corrected.json").get_json()["petition"]
    assert petition["handed_over"] == 700
    assert [(it["on"], it["count"], it["to"]) for it in petition["handovers"]] == [
        ("2025-05-01", 60, "the Minister"),
        ("2025-04-01", 640, "the High Commission"),
    ]
    assert petition["handovers"][1]["reply"] == "They took note of it."
    # By then only the first had been handed over.
    then = client.get("/campaigns/corrected.json?as_of=2025-04-02").get_json()["petition"]
    assert then["handed_over"] == 640
    assert "handed_over_at_least" not in then
    bare = STORIES["held"]()
    assert "handed_over" not in client.get(f"/campaigns/{bare.slug}.json").get_json()["petition"]


def test_nobody_is_the_first_to_sign_what_was_handed_over(
    app: Flask, client: AuditingClient
) -> None:
    campaign = make_campaign("handed")
    make_petition(campaign)
    assert "Be among the first to sign." in words(client.get("/campaigns/handed").text)
    make_event(
        campaign, EventKind.PETITION_HANDOVER, "2026-01-05", handover_count=600, handover_to="her"
    )
    expire_finished()
    text = words(client.get("/campaigns/handed").text)
    assert "600 signatures handed to her." in text
    assert "Be among the first to sign." not in text


def test_a_handover_that_may_have_been_of_more_says_so_everywhere(
    app: Flask, client: AuditingClient
) -> None:
    campaign = STORIES["corrected"]()
    make_event(
        campaign,
        EventKind.PETITION_HANDOVER,
        "2025-05-01",
        handover_count=1,
        handover_at_least=True,
        handover_to="the Minister",
    )
    text = words(client.get("/campaigns/corrected").text)
    assert "At least 641 signatures in 2 handovers" in text
    assert text.count("At least 1 signature handed to the Minister.") == 2
    assert "640 signatures handed to the High Commission." in text
    petition = client.get("/campaigns/corrected.json").get_json()["petition"]
    assert (petition["handed_over"], petition["handed_over_at_least"]) == (641, True)
    assert [it.get("at_least", False) for it in petition["handovers"]] == [True, False]
    told = client.get("/campaigns/corrected/timeline.json").get_json()["events"][0]
    assert told["handover"] == {"count": 1, "at_least": True, "to": "the Minister"}
    feed = client.get("/campaigns/corrected/feed.atom").text
    assert "At least 1 signature handed to the Minister." in words(unescape(feed))
