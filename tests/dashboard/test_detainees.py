"""Detainees: their names, what may be read of them, and on what basis."""

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign, Detainee
from campaigns.cases.vocabulary import NamePolicy
from campaigns.db import db
from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.dashboard.making import EDIT, fields_of, typed
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_update,
)
from tests.fixtures.auditing import AuditingClient

PEOPLE = f"{EDIT}/detainees"
BASIS = {"consent_by": "family", "consent_on": "2024-03-01", "consent_scope": "this campaign"}


@pytest.fixture
def campaign(app: Flask, client: AuditingClient) -> Campaign:
    """A campaign for somebody whose full name is shown, and one of its editors signed in."""
    campaign = make_campaign("watched")
    make_detainee(campaign)
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    return campaign


def everybody() -> list[Detainee]:
    return list(db.session.scalars(select(Detainee).order_by(Detainee.position)))


def test_a_detainee_is_added_last_and_once(campaign: Campaign, client: AuditingClient) -> None:
    form = typed(
        client,
        f"{PEOPLE}/new",
        name="کریم مثال",
        name_romanised="Karim Example",
        policy="initials",
        proceedings="FIR 12/2024\r\n\r\n FIR 13/2024",
    )
    for _ in range(2):
        assert client.post(f"{PEOPLE}/new", data=form).status_code == 303
    _zarina, karim = everybody()
    assert (karim.position, karim.proceedings) == (2, ["FIR 12/2024", "FIR 13/2024"])
    page = client.get("/campaigns/watched").text
    assert "K. E." in page
    assert "Karim" not in page


def test_a_full_name_without_its_basis_is_refused(
    campaign: Campaign, client: AuditingClient
) -> None:
    form = typed(client, f"{PEOPLE}/new", name="Karim Example", policy="full", consent_on="")
    answer = client.post(f"{PEOPLE}/new", data=form)
    assert answer.status_code == 422
    assert "A full name is published only with a basis" in answer.text
    assert len(everybody()) == 1
    article = make_article(campaign)
    form = fields_of(answer.text) | BASIS | {"consent_article": str(article.id)}
    assert client.post(f"{PEOPLE}/new", data=form).status_code == 303
    assert everybody()[1].consent_article_id == article.id
    assert "Karim Example" in client.get("/campaigns/watched").text


def test_a_stricter_policy_hides_the_name_everywhere_at_once(
    campaign: Campaign, client: AuditingClient
) -> None:
    path = f"{PEOPLE}/{everybody()[0].id}"
    assert "Zarina Example" in client.get("/campaigns/watched").text
    assert client.post(path, data=typed(client, path, policy="withheld")).status_code == 303
    for surface in ("", ".json", "/timeline.json", "/feed.atom", "/hearings.ics", "/embed"):
        assert "Zarina" not in client.get(f"/campaigns/watched{surface}").text
    assert "Zarina" not in client.get("/").text


@pytest.mark.parametrize("where", ["title", "event", "article", "update", "slug"])
def test_a_stricter_policy_is_refused_while_a_text_says_the_name(
    campaign: Campaign, client: AuditingClient, where: str
) -> None:
    if where in ("title", "slug"):
        campaign.title = "Free ZARINA  EXAMPLE now"
    elif where == "event":
        make_event(campaign, summary="Zarina Example was taken.")
    elif where == "article":
        make_article(campaign, title="Who is Zarína Example?")
    else:
        make_update(campaign, text="Zarina Example is well.")
    path = f"{PEOPLE}/{everybody()[0].id}"
    answer = client.post(path, data=typed(client, path, policy="initials"))
    assert answer.status_code == 422
    assert "The name stands in texts that everybody reads" in answer.text
    place = {"title": "campaign, title", "slug": "campaign, title"}.get(where, where)
    assert place in answer.text
    assert everybody()[0].name_policy == NamePolicy.FULL
    assert client.get("/campaigns/watched").status_code == 200


def test_two_who_change_a_detainee_see_each_others_text(
    campaign: Campaign, client: AuditingClient
) -> None:
    path = f"{PEOPLE}/{everybody()[0].id}"
    mine = typed(client, path, proceedings="FIR 1")
    client.post(path, data=typed(client, path, proceedings="FIR 2"))
    answer = client.post(path, data=mine)
    assert answer.status_code == 409
    assert "FIR 2" in answer.text
    assert "FIR 1" in answer.text
    assert everybody()[0].proceedings == ["FIR 2"]


def test_the_order_changes(campaign: Campaign, client: AuditingClient) -> None:
    karim = make_detainee(campaign, "Karim Example")
    form = {"csrf_token": typed(client, f"{PEOPLE}/{karim.id}")["csrf_token"]}
    assert client.post(f"{PEOPLE}/{karim.id}/position", data=form).status_code == 303
    assert [it.name for it in everybody()] == ["Karim Example", "Zarina Example"]
    page = client.get("/campaigns/watched").text
    assert page.index("Karim Example") < page.index("Zarina Example")


def test_a_detainee_leaves_only_while_no_entry_is_about_them(
    campaign: Campaign, client: AuditingClient
) -> None:
    zarina = everybody()[0]
    karim = make_detainee(campaign, "Karim Example")
    event = make_event(campaign, detainees=[zarina])
    form = {"csrf_token": typed(client, f"{PEOPLE}/{karim.id}")["csrf_token"]}
    answer = client.post(f"{PEOPLE}/{zarina.id}/removal", data=form)
    assert answer.status_code == 422
    assert "Entries of the timeline are about" in answer.text
    event.detainees = [karim]
    assert client.post(f"{PEOPLE}/{zarina.id}/removal", data=form).status_code == 303
    assert [(it.name, it.position) for it in everybody()] == [("Karim Example", 1)]


def test_somebody_of_another_campaign_looks_missing(
    campaign: Campaign, client: AuditingClient
) -> None:
    other = make_detainee(make_campaign("other"), "Somebody Else")
    form = {"csrf_token": typed(client, f"{PEOPLE}/new")["csrf_token"]}
    assert client.get(f"{PEOPLE}/{other.id}").status_code == 404
    for what in ("", "/position", "/removal"):
        assert client.post(f"{PEOPLE}/{other.id}{what}", data=form).status_code == 404


def test_nobody_leaves_the_list_of_those_visitors_have_read_about(
    campaign: Campaign, client: AuditingClient
) -> None:
    karim = make_detainee(campaign, "Karim Example")
    make_event(campaign)
    assert (
        client.post(
            f"{PEOPLE}/{karim.id}/removal", data={"csrf_token": token_of(client.get(PEOPLE))}
        ).status_code
        == 422
    )
    assert len(everybody()) == 2


def test_the_last_one_of_a_public_campaign_stays(
    campaign: Campaign, client: AuditingClient
) -> None:
    (zarina,) = everybody()
    answer = client.post(
        f"{PEOPLE}/{zarina.id}/removal", data={"csrf_token": token_of(client.get(PEOPLE))}
    )
    assert answer.status_code == 422
    assert len(everybody()) == 1
