"""A name is shown when its owner ticked it and confirmed, and a comment once it is approved."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.db import db
from campaigns.petitions.jobs import show_signers
from campaigns.petitions.models import Petition, PublicSigner, Signature
from campaigns.petitions.operations import show_signer
from campaigns.vault.errors import KeyMissing
from campaigns.web.finished import expire_finished
from tests.factories import make_campaign, make_petition, make_signature
from tests.fixtures.auditing import AuditingClient


@pytest.fixture
def petition(app: Flask) -> Petition:
    return make_petition(make_campaign())


def shown() -> list[str]:
    return list(db.session.scalars(select(PublicSigner.name).order_by(PublicSigner.name)))


def page(client: AuditingClient, petition: Petition) -> str:
    slug = db.session.get_one(Campaign, petition.campaign_id).slug
    # For a second the page is answered from memory; nobody here waits.
    expire_finished()
    return client.get(f"/campaigns/{slug}").get_data(as_text=True)


def test_only_confirmed_signers_who_ticked_it_are_shown(petition: Petition) -> None:
    make_signature(petition, name="Ticked and confirmed", show_name=True)
    make_signature(petition, name="Ticked, not confirmed", show_name=True, confirmed=False)
    make_signature(petition, name="Confirmed, not ticked")
    show_signers()
    assert shown() == ["Ticked and confirmed"]


def test_a_name_stands_on_the_page_its_comment_only_once_approved(
    client: AuditingClient, petition: Petition, deliver: Callable[[], int]
) -> None:
    make_signature(
        petition, name="Amal <b>Signer</b> & عائشہ", comment="Let <i>them</i> go.", show_name=True
    )
    assert "Amal" not in page(client, petition)
    deliver()
    assert "Amal &lt;b&gt;Signer&lt;/b&gt; &amp; عائشہ" in page(client, petition)
    assert "go." not in page(client, petition)
    db.session.scalars(select(PublicSigner)).one().comment_approved = True
    db.session.get_one(Campaign, petition.campaign_id).version += 1
    assert "Let &lt;i&gt;them&lt;/i&gt; go." in page(client, petition)


def test_once_shown_the_part_sealed_for_that_is_deleted(petition: Petition) -> None:
    signature = make_signature(petition, show_name=True)
    show_signers()
    db.session.expire_all()
    assert signature.sealed_public is None
    assert signature.sealed_details
    show_signers()
    assert len(shown()) == 1


def test_a_signer_who_was_read_by_two_workers_is_shown_once(petition: Petition) -> None:
    signature = make_signature(petition, show_name=True)
    sealed = signature.sealed_public or b""
    for _ in range(2):
        show_signer(signature.id, petition.campaign_id, "Amal Signer", None, sealed=sealed)
    assert shown() == ["Amal Signer"]


def test_a_name_replaced_while_a_worker_opens_it_is_shown_as_its_owner_wants_it_now(
    petition: Petition,
) -> None:
    signature = make_signature(petition, name="New Name", show_name=True)
    show_signer(signature.id, petition.campaign_id, "Old Name", None, sealed=b"the part before")
    assert shown() == []
    show_signers()
    assert shown() == ["New Name"]


def test_a_tick_withdrawn_while_a_worker_opens_the_name_is_obeyed(petition: Petition) -> None:
    signature = make_signature(petition, show_name=True)
    signature.show_name = False
    db.session.commit()
    sealed = signature.sealed_public or b""
    show_signer(signature.id, petition.campaign_id, "Amal Signer", None, sealed=sealed)
    assert shown() == []


def test_a_part_that_does_not_open_stops_no_other_and_is_logged(
    petition: Petition, caplog: pytest.LogCaptureFixture
) -> None:
    broken = make_signature(petition, name="Broken Canary", show_name=True)
    moved = make_signature(petition, name="Moved Canary", show_name=True)
    broken.sealed_public = b"\1damaged"
    moved.sealed_public = make_signature(petition, show_name=True).sealed_public
    db.session.commit()
    show_signers()
    assert shown() == ["Amal Signer"]
    assert caplog.text.count("does not open") == 2
    assert "Canary" not in caplog.text
    assert not db.session.scalars(
        select(Signature.id).where(Signature.sealed_public.is_not(None))
    ).all()


def test_while_the_mailers_key_is_missing_nothing_is_lost(app: Flask, petition: Petition) -> None:
    make_signature(petition, show_name=True)
    path = app.extensions["settings"].mailer_key_file
    key = path.read_text()
    path.unlink()
    with pytest.raises(KeyMissing):
        show_signers()
    db.session.rollback()
    path.write_text(key)
    show_signers()
    assert shown() == ["Amal Signer"]


def test_the_newest_ten_are_named(client: AuditingClient, petition: Petition) -> None:
    for number in range(12):
        make_signature(petition, name=f"Signer number {number:02}", show_name=True)
        show_signers()
    html = page(client, petition)
    assert [number for number in range(12) if f"Signer number {number:02}" in html] == [
        *range(2, 12)
    ]
