"""Whoever types an address is answered alike; the links go to the mailbox, and nobody else's."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, select, update

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState, Mode
from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery
from campaigns.petitions.jobs import forget_requested_links
from campaigns.petitions.models import LinkRequest, Petition, Signature
from campaigns.vault.models import IndexKey, SealingKey
from campaigns.vault.tokens import TokenPurpose, make_token
from tests.factories import make_campaign, make_petition, make_signature
from tests.factories.petitions import long_ago
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to, links_in
from tests.signing.own import Deliver, ask, own, read
from tests.signing.visitors import ADDRESS, count, look, path_of, press, sign

pytestmark = pytest.mark.usefixtures("petition", "clock")


def test_the_link_that_is_mailed_shows_what_was_given(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    make_signature(petition, "amal.signer@gmail.com", country="PK", hand_over=True)
    answer = ask(client, "AmalSigner+x@googlemail.com")
    assert answer.status_code == 303
    assert "mailbox" in read(client, answer.headers["Location"])
    assert deliver() == 1
    mail = mailbox.last()
    assert mail.recipient == "AmalSigner+x@googlemail.com"
    assert campaign.title in mail.text
    page = read(client, path_of(link_to(mail, "/my-signature/")))
    assert campaign.title in page
    assert "Pakistan" in page
    assert "Amal Signer" not in page
    checked = [it for it in page.split("<input") if "checked" in it]
    assert len(checked) == 1
    assert 'name="hand_over"' in checked[0]


def test_the_answer_is_the_same_whether_the_address_has_signed_or_not(
    client: AuditingClient, petition: Petition
) -> None:
    make_signature(petition, "confirmed@example.org")
    make_signature(petition, "pending@example.org", confirmed=False)
    answers = [
        ask(client, "confirmed@example.org"),
        ask(client, "confirmed@example.org"),
        ask(client, "pending@example.org"),
        ask(client, "nobody@example.org"),
        ask(client, "program@example.org", website="https://spam.example"),
    ]
    seen = {
        (answer.status_code, answer.get_data(), tuple(sorted(answer.headers.items())))
        for answer in answers
    }
    assert len(seen) == 1
    assert answers[0].headers["Cache-Control"] == "no-store"
    assert count(LinkRequest) == count(Delivery) == 3


def test_what_is_stored_is_the_same_whether_the_address_has_signed_or_not(
    client: AuditingClient, petition: Petition
) -> None:
    make_signature(petition, "a-signer@example.org")
    ask(client, "a-signer@example.org")
    ask(client, "b-nobody@example.org")
    kept = db.session.scalars(select(LinkRequest)).all()
    assert len({len(it.sealed_address) for it in kept}) == 1
    assert not any(b"example" in it.sealed_address for it in kept)
    queued = db.session.execute(
        select(Delivery.kind, Delivery.state, Delivery.campaign_id, Delivery.priority)
    ).all()
    assert len(queued) == 2
    assert len(set(queued)) == 1


def test_who_has_signed_nothing_is_mailed_too_so_that_no_watcher_of_a_mailbox_learns_by_asking(
    client: AuditingClient, petition: Petition, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_signature(petition, ADDRESS)
    ask(client)
    ask(client, "nobody@example.org")
    assert deliver() == 2
    mail = mailbox.last("nobody@example.org")
    assert mail.subject == mailbox.last(ADDRESS).subject
    assert "Nothing given with it is kept here." in mail.text
    assert not [it for it in links_in(mail) if "/my-signature/" in it or "/confirm/" in it]
    forget_requested_links()
    assert count(LinkRequest) == 0


def test_the_address_is_kept_until_its_mail_has_left_and_a_day_at_most(
    client: AuditingClient,
    petition: Petition,
    deliver: Deliver,
    clock: time_machine.Traveller,
) -> None:
    make_signature(petition, ADDRESS)
    ask(client)
    forget_requested_links()
    assert count(LinkRequest) == 1
    assert deliver() == 1
    forget_requested_links()
    assert count(LinkRequest) == 0
    clock.shift(timedelta(days=1))
    ask(client)
    db.session.execute(update(Delivery).values(next_at=utcnow() + timedelta(days=3)))
    clock.shift(timedelta(days=1))
    forget_requested_links()
    assert count(LinkRequest) == 0


def test_one_mail_has_a_link_for_each_campaign_in_the_language_that_was_asked_in(
    client: AuditingClient, petition: Petition, deliver: Deliver, mailbox: Mailbox
) -> None:
    other = make_petition(make_campaign(title="Free the printers"))
    make_petition(make_campaign(title="Not signed at all"))
    first = make_signature(petition, ADDRESS)
    second = make_signature(other, ADDRESS)
    ask(client)
    assert deliver() == 1
    mail = mailbox.last(ADDRESS)
    links = [it for it in links_in(mail) if "/my-signature/" in it]
    assert [path_of(it) for it in links] == [own(first), own(second)]
    assert "Free the printers" in mail.text
    assert "Not signed at all" not in mail.text
    assert mail.subject == "The links you asked for"


def test_a_signature_that_waits_to_be_confirmed_gets_its_link_to_confirm_instead(
    client: AuditingClient, petition: Petition, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_signature(petition, ADDRESS, confirmed=False)
    ask(client)
    assert deliver() == 1
    assert press(client, link_to(mailbox.last(ADDRESS), "/confirm/")).status_code == 303
    assert petition.tally.online == 1


def test_one_whose_time_to_confirm_is_over_gets_no_link(
    client: AuditingClient, petition: Petition, deliver: Deliver, mailbox: Mailbox
) -> None:
    long_ago(make_signature(petition, ADDRESS, confirmed=False))
    ask(client)
    assert deliver() == 1
    assert "/confirm/" not in mailbox.last(ADDRESS).text


def test_a_campaign_of_high_risk_is_found_and_not_named(
    client: AuditingClient, deliver: Deliver, mailbox: Mailbox
) -> None:
    risky = make_campaign(title="Told to nobody", mode=Mode.HIGH_RISK)
    signature = make_signature(make_petition(risky), ADDRESS, sealed_address=None)
    ask(client)
    assert deliver() == 1
    mail = mailbox.last(ADDRESS)
    assert "Told to nobody" not in mail.text + mail.subject
    assert path_of(link_to(mail, "/my-signature/")) == own(signature)
    assert "Show my name" not in read(client, own(signature))


def test_what_was_signed_can_be_taken_back_even_where_the_campaign_was_taken_down(
    client: AuditingClient, deliver: Deliver, mailbox: Mailbox
) -> None:
    removed = make_campaign(title="Taken down", state=CampaignState.REMOVED)
    make_signature(make_petition(removed), ADDRESS)
    ask(client)
    assert deliver() == 1
    assert "Taken down" not in mailbox.last(ADDRESS).text
    page = read(client, path_of(link_to(mailbox.last(ADDRESS), "/my-signature/")))
    assert "Taken down" not in page
    assert "Erase everything" in page


def test_one_such_mail_a_day(
    client: AuditingClient,
    petition: Petition,
    deliver: Deliver,
    clock: time_machine.Traveller,
) -> None:
    make_signature(petition, ADDRESS)
    for _ in range(3):
        ask(client)
    assert deliver() == 1
    ask(client)
    assert deliver() == 0
    clock.shift(timedelta(days=1))
    ask(client)
    assert deliver() == 1


def test_another_spelling_that_a_stranger_types_takes_nobodys_links_away(
    client: AuditingClient, petition: Petition, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_signature(petition, ADDRESS)
    ask(client, ADDRESS.replace("@", "+nosuch@"))
    ask(client)
    deliver()
    assert "/my-signature/" in mailbox.last(ADDRESS).text


def test_three_mails_a_day_count_this_one_in(
    client: AuditingClient, petition: Petition, deliver: Deliver
) -> None:
    for _ in range(3):
        other = make_campaign()
        make_petition(other)
        sign(client, other)
    make_signature(petition, ADDRESS)
    answer = ask(client)
    assert answer.status_code == 303
    assert deliver() == 3


def test_a_bad_address_is_named_and_kept_in_the_form(client: AuditingClient) -> None:
    for address in ("", "amal", "a" * 250 + "@example.org"):
        answer = ask(client, address)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "<title>Error:" in page
        assert f'value="{address}"' in page
    assert count(LinkRequest) == 0


def test_without_a_key_nothing_is_stored(client: AuditingClient) -> None:
    db.session.execute(delete(SealingKey))
    assert ask(client).status_code == 503
    assert count(LinkRequest) == count(Delivery) == 0


def test_a_campaign_whose_index_key_was_destroyed_stops_no_other(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    other = make_campaign(title="Free the printers")
    make_signature(make_petition(other), ADDRESS)
    make_signature(petition, ADDRESS)
    db.session.execute(delete(IndexKey).where(IndexKey.scope == f"campaign:{campaign.id}"))
    ask(client)
    client.application.extensions["keyring"]._index.clear()
    assert deliver() == 1
    assert "Free the printers" in mailbox.last(ADDRESS).text


def test_looking_at_the_links_changes_nothing(
    client: AuditingClient, petition: Petition, deliver: Deliver, mailbox: Mailbox
) -> None:
    signature = make_signature(petition, ADDRESS, show_name=True)
    ask(client)
    deliver()
    links = links_in(mailbox.last(ADDRESS))
    more = [f"{own(signature)}/withdrawal", f"{own(signature)}/erasure"]
    for link in (*links, *more):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert look(client, method, link).status_code == 200
    assert count(Signature) == petition.tally.online == 1


def test_a_link_lasts_seven_days_and_then_offers_another(
    client: AuditingClient,
    petition: Petition,
    deliver: Deliver,
    clock: time_machine.Traveller,
) -> None:
    make_signature(petition, ADDRESS)
    path = own(db.session.scalars(select(Signature)).one())
    clock.shift(timedelta(days=7))
    read(client, path)
    clock.shift(timedelta(seconds=1))
    for method, address in (
        (client.get, path),
        (client.post, path),
        (client.post, f"{path}/address"),
        (client.get, f"{path}/withdrawal"),
        (client.post, f"{path}/withdrawal"),
        (client.post, f"{path}/erasure"),
    ):
        answer = method(address)
        assert answer.status_code == 410
        assert 'action="/my-signature"' in answer.get_data(as_text=True)
        assert answer.headers["Cache-Control"] == "no-store"
    assert count(Signature) == 1


def test_a_link_made_for_something_else_opens_nothing(
    client: AuditingClient, petition: Petition
) -> None:
    signature = make_signature(petition, ADDRESS)
    for purpose in TokenPurpose:
        token = make_token(purpose, signature.id)
        assert client.get(f"/my-signature/{token}").status_code == 404
        assert client.post(f"/my-signature/{token}/erasure").status_code == 404
    token = own(signature).rpartition("/")[2]
    assert client.get(f"/confirm/{token}").status_code == 404
    assert client.get(f"/unsubscribe/{token}").status_code == 404
    assert client.get(f"/never-mail/{token}").status_code == 404
    assert count(Signature) == 1


def test_a_page_under_a_link_is_kept_by_nobody(client: AuditingClient, petition: Petition) -> None:
    path = own(make_signature(petition, ADDRESS))
    for address in (path, f"{path}/withdrawal", f"{path}/erasure"):
        assert client.get(address).headers["Cache-Control"] == "no-store"


def test_another_site_cannot_send_the_forms(client: AuditingClient, petition: Petition) -> None:
    path = own(make_signature(petition, ADDRESS))
    foreign = {"Sec-Fetch-Site": "cross-site"}
    for address in ("/my-signature", path, f"{path}/address", f"{path}/erasure"):
        assert client.post(address, headers=foreign).status_code == 403
    assert count(Signature) == 1


def test_the_way_there_stands_in_mails_and_on_pages_but_not_in_the_one_mail_of_high_risk(
    client: AuditingClient, campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    risky = make_campaign(mode=Mode.HIGH_RISK)
    make_petition(risky)
    sign(client, campaign)
    sign(client, risky, "other@example.org")
    deliver()
    assert [it for it in links_in(mailbox.last(ADDRESS)) if it.endswith("/my-signature")]
    assert "my-signature" not in mailbox.last("other@example.org").text
    thanks = press(client, link_to(mailbox.last(ADDRESS), "/confirm/")).headers["Location"]
    # People pass the address of that page on: no link of theirs may stand on it.
    assert 'href="/my-signature"' in read(client, thanks)
    assert "/my-signature/" not in read(client, thanks)
    assert 'href="/my-signature"' in read(client, "/privacy")
