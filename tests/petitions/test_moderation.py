"""Organisers read comments before anybody else, and can take a name or a comment off the page."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.petitions.models import Petition, PublicSigner, Tally
from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.factories import make_campaign, make_organiser, make_petition, make_signature
from tests.fixtures.auditing import AuditingClient

CONSOLE = "/console/campaigns/free-amal"
ACTIONS = ["comments/{}/approve", "comments/{}/delete", "names/{}/delete"]


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign("free-amal")


@pytest.fixture
def petition(campaign: Campaign) -> Petition:
    return make_petition(campaign)


@pytest.fixture
def editor(client: AuditingClient, campaign: Campaign, petition: Petition) -> AuditingClient:
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    return client


def shown(
    petition: Petition, name: str = "Amal Signer", comment: str | None = None, age: int = 0
) -> UUID:
    """Make a signer whose name is shown, since some minutes."""
    signature = make_signature(petition)
    signer = PublicSigner(
        signature_id=signature.id,
        petition_id=petition.id,
        name=name,
        comment=comment,
        shown_since=utcnow() - timedelta(minutes=age),
    )
    db.session.add(signer)
    db.session.get_one(Campaign, petition.campaign_id).version += 1
    db.session.commit()
    return signature.id


def post(client: AuditingClient, path: str, page: str = f"{CONSOLE}/signatures") -> int:
    """Press a button of a page."""
    token = token_of(client.get(page))
    return client.post(f"{CONSOLE}/{path}", data={"csrf_token": token}).status_code


def public(client: AuditingClient) -> str:
    """All that anybody can read of the campaign."""
    paths = ("", ".json", "/embed", "/feed.atom", "/count.json", "/timeline.json")
    return "".join(client.get(f"/campaigns/free-amal{path}").text for path in paths)


def test_a_comment_is_read_by_nobody_until_it_is_approved(
    editor: AuditingClient, petition: Petition, deliver: Callable[[], int]
) -> None:
    signature = make_signature(petition, comment="Let <i>them</i> go.", show_name=True)
    deliver()
    assert "go." not in public(editor)
    assert "Let &lt;i&gt;them&lt;/i&gt; go." in editor.get(f"{CONSOLE}/signatures").text
    assert post(editor, f"comments/{signature.id}/approve") == 303
    assert "Let &lt;i&gt;them&lt;/i&gt; go." in public(editor)
    page = editor.get(f"{CONSOLE}/signatures").text
    assert "Approved. The page shows it now." in page
    assert "go." not in page


def test_a_refused_comment_is_deleted_and_the_name_stays(
    editor: AuditingClient, petition: Petition
) -> None:
    signer = shown(petition, comment="An insult.")
    assert post(editor, f"comments/{signer}/delete") == 303
    assert db.session.scalars(select(PublicSigner.comment)).one() is None
    assert "insult" not in public(editor)
    assert "Amal Signer" in public(editor)


def test_an_approved_comment_can_be_taken_down(editor: AuditingClient, petition: Petition) -> None:
    signer = shown(petition, comment="An insult.")
    post(editor, f"comments/{signer}/approve")
    assert "An insult." in public(editor)
    page = editor.get(f"{CONSOLE}/signatures/names").text
    assert "An insult." in page
    assert f'action="{CONSOLE}/comments/{signer}/delete?list=names"' in page
    assert post(editor, f"comments/{signer}/delete") == 303
    assert "An insult." not in public(editor)


def test_a_name_can_be_taken_down_and_the_signature_counts(
    editor: AuditingClient, petition: Petition, deliver: Callable[[], int]
) -> None:
    signer = shown(petition, name="Somebody Else", comment="Hello.")
    post(editor, f"comments/{signer}/approve")
    names = f"{CONSOLE}/signatures/names"
    assert post(editor, f"names/{signer}/delete?list=names", page=names) == 303
    deliver()
    assert "Somebody Else" not in public(editor)
    assert "Hello." not in public(editor)
    assert db.session.get_one(Tally, petition.id).online == 1


@pytest.mark.parametrize("action", ACTIONS)
def test_what_belongs_to_another_campaign_looks_missing(
    editor: AuditingClient, action: str
) -> None:
    other = shown(make_petition(make_campaign("other")), comment="Elsewhere.")
    for signer in (other, uuid4()):
        assert post(editor, action.format(signer)) == 404
    assert db.session.scalars(select(PublicSigner.comment)).one() == "Elsewhere."


@pytest.mark.parametrize("action", ACTIONS)
def test_a_viewer_reads_and_decides_nothing(
    client: AuditingClient, campaign: Campaign, petition: Petition, action: str
) -> None:
    signer = shown(petition, comment="Let them go.")
    sign_in(client, make_organiser(roles={campaign: Role.VIEWER}))
    for page in ("signatures", "signatures/names"):
        text = client.get(f"{CONSOLE}/{page}").text
        assert "Let them go." in text
        assert 'class="button' not in text.partition("<blockquote")[2].partition("</li>")[0]
    assert post(client, action.format(signer)) == 403
    assert db.session.scalars(select(PublicSigner.comment)).one() == "Let them go."


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_is_decided_without_the_forms_token(
    editor: AuditingClient, petition: Petition, action: str
) -> None:
    signer = shown(petition, comment="Let them go.")
    assert editor.post(f"{CONSOLE}/{action.format(signer)}").status_code == 400
    assert "Let them go." not in public(editor)
    assert "Amal Signer" in public(editor)


def test_comments_wait_oldest_first_fifty_a_page(
    editor: AuditingClient, petition: Petition
) -> None:
    for number in range(52):
        shown(petition, comment=f"Comment {number:02}.", age=number)
    first = editor.get(f"{CONSOLE}/signatures").text
    assert first.index("Comment 51.") < first.index("Comment 50.") < first.index("Comment 02.")
    assert "Comment 01." not in first
    second = editor.get(f"{CONSOLE}/signatures?page=2").text
    assert second.index("Comment 01.") < second.index("Comment 00.")
    assert "Comment 02." not in second
    assert f'href="{CONSOLE}/signatures?page=2"' in first
    assert f'href="{CONSOLE}/signatures?page=1"' in second
    for wrong in ("0", "-1", "x", "9" * 30):
        assert "Comment 51." in editor.get(f"{CONSOLE}/signatures?page={wrong}").text


def test_the_start_page_says_how_many_comments_wait(
    editor: AuditingClient, petition: Petition
) -> None:
    assert "comment" not in editor.get("/console").text
    first = shown(petition, comment="One.")
    shown(petition, comment="Two.")
    shown(petition)
    assert "2 comments wait" in editor.get("/console").text
    post(editor, f"comments/{first}/approve")
    page = editor.get("/console").text
    assert "1 comment waits" in page
    assert f'href="{CONSOLE}/signatures#comments-heading"' in page


def test_the_page_says_how_many_came_and_how_many_confirmed(
    editor: AuditingClient, petition: Petition
) -> None:
    today = utcnow().date()
    for days_ago in (0, 0, 3, 9, 40):
        make_signature(petition, confirmed_on=today - timedelta(days=days_ago))
    make_signature(petition, confirmed=False)
    page = editor.get(f"{CONSOLE}/signatures").text
    assert "5 signatures confirmed by mail" in page
    assert "In the last 7 days 3 were confirmed. 1 is not confirmed yet." in page
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert [row.partition('figures">')[2][0] for row in table.split("</tr>")[:-1]] == [
        "2",
        "1",
        "1",
    ]
