"""A supporter signs: the form, the mail, the one button, the count."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, select

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState
from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery, DeliveryState
from campaigns.petitions.models import HandoverNames, Petition, PetitionState, Signature, Tally
from campaigns.updates.models import Subscription
from campaigns.vault.keyring import KEY_ENCRYPTION_KEY, mailer_keys
from campaigns.vault.models import IndexKey, SealingKey, SealsFor
from tests.factories import make_campaign, make_petition, make_signature, make_subscription
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to, links_in
from tests.signing.visitors import ADDRESS, count, look, path_of, press, sign, subscribe

pytestmark = pytest.mark.usefixtures("petition", "clock")
Deliver = Callable[[], int]


def confirmation(deliver: Deliver, mailbox: Mailbox) -> str:
    deliver()
    return link_to(mailbox.last(), "/confirm/")


def online(petition: Petition) -> int:
    return db.session.get_one(Tally, petition.id).online


def test_signing_confirming_and_counting(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    answer = sign(client, campaign)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/campaigns/{campaign.slug}/signed"
    assert client.get(answer.headers["Location"]).status_code == 200
    assert online(petition) == 0
    link = confirmation(deliver, mailbox)
    assert mailbox.last().recipient == ADDRESS
    answer = press(client, link)
    assert answer.status_code == 303
    thanks = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "You are number 1." in thanks
    assert online(petition) == 1
    counted = client.get(f"/campaigns/{campaign.slug}/count.json").get_json()
    assert counted["count"] == counted["online"] == 1


def test_looking_at_a_mailed_link_changes_nothing(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    sign(client, campaign)
    deliver()
    before = [(it.state, it.expires_at) for it in db.session.scalars(select(Signature))]
    for link in links_in(mailbox.last()):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert look(client, method, link).status_code == 200
    assert [(it.state, it.expires_at) for it in db.session.scalars(select(Signature))] == before
    assert online(petition) == 0


def test_a_link_counts_once_however_often_its_button_is_pressed(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    sign(client, campaign)
    link = confirmation(deliver, mailbox)
    for _ in range(3):
        answer = press(client, link)
        assert client.get(answer.headers["Location"]).status_code == 200
    assert online(petition) == 1


def test_the_answer_is_the_same_for_new_pending_and_confirmed_addresses_and_for_programs(
    client: AuditingClient, campaign: Campaign, petition: Petition
) -> None:
    make_signature(petition, "confirmed@example.org")
    answers = [
        sign(client, campaign, "new@example.org"),
        sign(client, campaign, "new@example.org"),
        sign(client, campaign, "Confirmed+tag@EXAMPLE.org"),
        sign(client, campaign, "program@example.org", website="https://spam.example"),
    ]
    seen = {
        (answer.status_code, answer.get_data(), tuple(sorted(answer.headers.items())))
        for answer in answers
    }
    assert len(seen) == 1
    assert count(Signature) == 2


def test_every_spelling_of_a_mailbox_is_one_signature(
    client: AuditingClient, campaign: Campaign, petition: Petition
) -> None:
    for address in ("Amal.Signer@gmail.com", "amalsigner+x@googlemail.com", "AMALSIGNER@GMAIL.COM"):
        assert sign(client, campaign, address).status_code == 303
    assert count(Signature) == 1


def test_a_second_signing_keeps_what_was_typed_first_and_is_mailed_about_once_a_day(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    sign(client, campaign)
    deliver()
    stored = db.session.scalars(select(Signature.sealed_details)).one()
    sign(client, campaign, name="Somebody Else", public="y")
    assert deliver() == 0
    clock.shift(timedelta(days=1))
    sign(client, campaign)
    sign(client, campaign)
    assert deliver() == 1
    first, second = mailbox.mails(ADDRESS)
    assert link_to(first, "/confirm/") == link_to(second, "/confirm/")
    signature = db.session.scalars(select(Signature)).one()
    assert (signature.sealed_details, signature.show_name) == (stored, False)


def test_whoever_has_confirmed_is_told_so_once_a_day_with_no_link_to_confirm(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    make_signature(petition, ADDRESS)
    sign(client, campaign)
    sign(client, campaign)
    assert deliver() == 1
    mail = mailbox.last(ADDRESS)
    assert "You have signed already" in mail.subject
    assert not [link for link in links_in(mail) if "/confirm/" in link]
    assert online(petition) == 1


def test_a_mailbox_gets_three_mails_a_day_whatever_the_campaigns(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    second, third = make_campaign(), make_campaign()
    for other in (second, third):
        make_petition(other)
    for one in (campaign, second, third):
        assert sign(client, one).status_code == 303
        assert subscribe(client, one, "A.Mal+news@example.org").status_code == 303
        assert subscribe(client, one).status_code == 303
    assert deliver() == 3 + 3
    assert len(mailbox.mails(ADDRESS)) == 3
    spared = select(Delivery.id).where(Delivery.state == DeliveryState.SUPPRESSED)
    assert len(db.session.scalars(spared).all()) == 3
    clock.shift(timedelta(days=1))
    for one in (campaign, second, third):
        sign(client, one)
    assert deliver() == 3


def test_a_mail_over_the_cap_takes_no_earlier_one_with_it(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    clock: time_machine.Traveller,
) -> None:
    sign(client, campaign)
    clock.shift(timedelta(days=1))
    for _ in range(3):
        other = make_campaign()
        make_petition(other)
        sign(client, other)
    clock.shift(timedelta(seconds=1))
    sign(client, campaign)
    assert deliver() == 3
    states = db.session.scalars(select(Delivery.state).where(Delivery.campaign_id == campaign.id))
    assert sorted(states) == ["sent", "suppressed"]


def test_the_link_works_for_seven_days_and_then_says_what_to_do(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    sign(client, campaign)
    link = path_of(confirmation(deliver, mailbox))
    clock.shift(timedelta(days=7))
    assert client.get(link).status_code == 410
    assert client.post(link).status_code == 410
    assert online(petition) == 0
    deliver()
    assert count(Signature) == 0
    gone = client.get(link)
    assert gone.status_code == 410
    assert "This link is no longer good" in gone.get_data(as_text=True)


def test_a_mail_asked_for_anew_works_seven_days_as_it_says(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    sign(client, campaign)
    clock.shift(timedelta(days=6))
    sign(client, campaign)
    link = confirmation(deliver, mailbox)
    clock.shift(timedelta(days=6))
    deliver()
    assert press(client, link).status_code == 303
    assert online(petition) == 1


def test_signing_after_the_week_begins_anew_even_before_the_old_row_is_deleted(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    sign(client, campaign)
    old = confirmation(deliver, mailbox)
    clock.shift(timedelta(days=7))
    sign(client, campaign)
    new = confirmation(deliver, mailbox)
    assert client.post(path_of(old)).status_code == 410
    assert client.post(path_of(new)).status_code == 303


@pytest.mark.parametrize("missing", ["mailer", "campaign", "index", "key-encryption"])
def test_without_a_key_nothing_is_stored_and_the_answer_is_503(
    client: AuditingClient, campaign: Campaign, missing: str
) -> None:
    if missing in ("mailer", "campaign"):
        db.session.execute(delete(SealingKey).where(SealingKey.seals_for == SealsFor(missing)))
    elif missing == "index":
        db.session.execute(delete(IndexKey).where(IndexKey.scope.startswith("campaign")))
    else:
        (client.application.extensions["settings"].keys_path / KEY_ENCRYPTION_KEY).unlink()
    # A subscription needs no key of the campaign's: nothing of it is for organisers to read.
    answers = [sign(client, campaign)]
    answers += [subscribe(client, campaign)] if missing != "campaign" else []
    for answer in answers:
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers
    assert count(Signature) == count(Subscription) == count(Delivery) == 0


def test_the_first_signer_of_a_day_makes_its_keys(
    client: AuditingClient, campaign: Campaign, clock: time_machine.Traveller
) -> None:
    today = utcnow().date().isoformat()
    kept = select(IndexKey.purpose).where(IndexKey.scope == today)
    assert db.session.scalars(kept).all() == []
    assert sign(client, campaign).status_code == 303
    assert set(db.session.scalars(kept)) == {"mailbox-cap", "network"}


def test_mail_waits_while_the_mailers_key_is_missing_and_leaves_once_it_is_back(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    path = client.application.extensions["settings"].mailer_key_file
    key = path.read_text()
    path.unlink()
    sign(client, campaign)
    assert deliver() == 0
    assert db.session.scalars(select(Delivery.state)).all() == ["deferred"]
    path.write_text(key)
    clock.shift(timedelta(hours=1))
    assert mailer_keys()
    assert deliver() == 1
    assert len(mailbox.mails(ADDRESS)) == 1


def test_a_petition_that_cannot_be_signed_answers_409_and_keeps_nothing(
    client: AuditingClient, campaign: Campaign, petition: Petition
) -> None:
    today = campaign.today
    reasons: dict[str, dict[str, object]] = {
        "organisers closed this": {"state": PetitionState.CLOSED},
        "won": {"state": PetitionState.WON},
        "handed over": {"state": PetitionState.DELIVERED},
        "until": {"closes": today - timedelta(days=1)},
        "from": {"closes": None, "opens": today + timedelta(days=1)},
    }
    usual: dict[str, object] = {"state": PetitionState.OPEN, "opens": petition.opens}
    for words, fields in reasons.items():
        for name, value in (usual | fields).items():
            setattr(petition, name, value)
        answer = sign(client, campaign)
        assert answer.status_code == 409, words
        assert words in answer.get_data(as_text=True)
    assert count(Signature) == count(Delivery) == 0


def test_a_petition_can_be_signed_on_its_last_day(
    client: AuditingClient, campaign: Campaign, petition: Petition
) -> None:
    petition.closes = campaign.today
    db.session.commit()
    assert sign(client, campaign).status_code == 303


def test_a_campaign_that_is_over_takes_no_signatures_and_no_subscriptions(
    client: AuditingClient, campaign: Campaign
) -> None:
    campaign.closed_on = campaign.today - timedelta(days=1)
    for state in (CampaignState.CLOSED, CampaignState.ARCHIVED):
        campaign.state = state
        assert sign(client, campaign).status_code == 409
        assert subscribe(client, campaign).status_code == 409
    assert count(Delivery) == 0


def test_what_does_not_exist_or_is_not_public_cannot_be_signed(
    client: AuditingClient, campaign: Campaign
) -> None:
    draft = make_campaign(state=CampaignState.DRAFT)
    make_petition(draft)
    assert sign(client, draft).status_code == 404
    assert client.post("/campaigns/nowhere/sign", data={}).status_code == 404
    campaign.state = CampaignState.REMOVED
    assert sign(client, campaign).status_code == 410
    without_petition = make_campaign()
    assert sign(client, without_petition).status_code == 404


def test_unknown_links_are_404_and_tell_what_to_do(client: AuditingClient) -> None:
    for path in ("/confirm/nothing", "/confirm/Zm9v.YmFy", "/unsubscribe/nothing"):
        for ask in (client.get, client.post):
            answer = ask(path)
            assert answer.status_code == 404
            assert "Look for the campaign in the list" in answer.get_data(as_text=True)


def test_another_site_cannot_sign_subscribe_or_confirm_for_somebody(
    client: AuditingClient, campaign: Campaign, petition: Petition
) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        for path in ("sign", "subscribe"):
            answer = client.post(
                f"/campaigns/{campaign.slug}/{path}",
                data={"name": "Amal Signer", "email": ADDRESS},
                headers=headers,
            )
            assert answer.status_code == 403
        assert client.post("/confirm/anything", headers=headers).status_code == 403
    assert count(Delivery) == 0


def test_a_tick_that_was_not_offered_is_not_taken(
    client: AuditingClient, campaign: Campaign, petition: Petition
) -> None:
    petition.handover_names = HandoverNames.NONE
    sign(client, campaign, hand_over="y", country="PK")
    signature = db.session.scalars(select(Signature)).one()
    assert not signature.hand_over
    assert signature.country == "PK"


def test_the_three_ticks_are_off_unless_ticked(client: AuditingClient, campaign: Campaign) -> None:
    sign(client, campaign, "none@example.org")
    sign(client, campaign, "all@example.org", public="y", hand_over="y", updates="y")
    none, every = db.session.scalars(select(Signature).order_by(Signature.show_name)).all()
    assert (none.show_name, none.hand_over, none.updates) == (False, False, False)
    assert (every.show_name, every.hand_over, every.updates) == (True, True, True)
    assert none.sealed_public is None
    assert every.sealed_public is not None


def test_no_mail_holds_anything_a_stranger_typed_and_its_link_stands_alone(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    typed = {"name": "Wolverine Canary", "comment": "Buy now", "public": "y", "country": "PK"}
    sign(client, campaign, "one@example.org", **typed)
    make_signature(petition, "two@example.org", name="Wolverine Canary")
    sign(client, campaign, "two@example.org", **typed)
    subscribe(client, campaign, "three@example.org")
    make_subscription(campaign, "four@example.org")
    subscribe(client, campaign, "four@example.org")
    assert deliver() == 4
    for file in mailbox.folder.iterdir():
        raw = file.read_text()
        assert "Wolverine" not in raw
        assert "Buy now" not in raw
        assert "Content-Transfer-Encoding: quoted-printable" not in raw
        assert raw.count("Auto-Submitted: auto-generated") == 1
        assert "Reply-To: committee@example.org" in raw
    link = link_to(mailbox.last("one@example.org"), "/confirm/")
    assert link in mailbox.last("one@example.org").text.splitlines()


@pytest.mark.settings(LOCALES="en,ur")
def test_everybodys_mail_is_in_the_language_they_read(
    client: AuditingClient, campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    campaign.translations = {"ur": {"title": "قیدیوں کو رہا کرو"}}
    path = f"/campaigns/{campaign.slug}/sign"
    for language in ("en", "ur", "xx"):
        data = {"name": "Amal Signer", "email": f"{language}@example.org"}
        answer = client.post(f"{path}?locale={language}", data=data)
        assert ("locale=ur" in answer.headers["Location"]) == (language == "ur")
    assert deliver() == 3
    urdu, english = mailbox.last("ur@"), mailbox.last("en@")
    assert "قیدیوں کو رہا کرو" in urdu.subject
    assert 'lang="ur" dir="rtl"' in urdu.html
    assert "locale=ur" in link_to(urdu, "/confirm/")
    assert campaign.title in english.subject
    assert 'lang="en" dir="ltr"' in english.html
    assert mailbox.last("xx@").subject == english.subject


def test_mail_about_a_campaign_taken_down_meanwhile_is_not_sent(
    client: AuditingClient, campaign: Campaign, deliver: Deliver
) -> None:
    sign(client, campaign)
    subscribe(client, campaign)
    campaign.state = CampaignState.REMOVED
    assert deliver() == 0
    assert set(db.session.scalars(select(Delivery.state))) == {"cancelled"}


def test_an_address_that_does_not_open_fails_alone_and_is_named_nowhere(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sign(client, campaign, "canary@example.org")
    subscribe(client, campaign, "canary@example.org")
    db.session.scalars(select(Signature)).one().sealed_address = b"\1damaged"
    db.session.scalars(select(Subscription)).one().sealed_address = b"\1damaged"
    sign(client, campaign, "other@example.org")
    assert deliver() == 1
    assert mailbox.last().recipient == "other@example.org"
    assert caplog.text.count("cannot be sent") == 2
    assert "canary" not in caplog.text
