"""What a signer agreed to is kept by version: the page says what the newest version says."""

from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import Mode
from campaigns.db import db
from campaigns.petitions.consent import CONSENT_VERSION, WORDINGS
from campaigns.petitions.models import Petition, Signature
from tests.factories import make_campaign, make_petition, make_signature
from tests.fixtures.auditing import AuditingClient
from tests.signing.own import own, read

# The same page whatever the database.
pytestmark = pytest.mark.database("sqlite")
TICKS = ("show_name", "hand_over", "updates")
ONLY_STANDARD = ("email", *TICKS, "comment")


class FormWords(HTMLParser):
    """All that the form to sign says, but for the labels of its fields and what can be chosen."""

    LEFT_OUT = frozenset({"field__label", "visually-hidden"})
    VOID = frozenset({"input", "br"})

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._open: list[bool] = []
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = set((dict(attrs).get("class") or "").split())
        if tag == "form" and "petition-form" in classes:
            self._open = [True]
        elif self._open and tag not in self.VOID:
            said = self._open[-1] and tag != "option" and not classes & self.LEFT_OUT
            self._open.append(said)

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag not in self.VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1]:
            self.words.append(data)


def wording(campaign: Campaign, petition: Petition) -> str:
    """The newest version as it stands on a campaign's page."""
    high_risk = campaign.mode == Mode.HIGH_RISK
    words = [
        text.format(
            addressee=petition.addressee,
            run_by=campaign.run_by_name,
            contact=campaign.run_by_contact,
        )
        for name, text in WORDINGS[CONSENT_VERSION].items()
        if (name not in ONLY_STANDARD if high_risk else not name.endswith("high_risk"))
    ]
    return " ".join(words)


@pytest.mark.parametrize("mode", list(Mode))
def test_the_form_says_what_the_newest_version_says_and_nothing_else(
    client: AuditingClient, mode: Mode
) -> None:
    campaign = make_campaign(mode=mode)
    petition = make_petition(campaign)
    assert max(WORDINGS) == CONSENT_VERSION
    form = FormWords(read(client, f"/campaigns/{campaign.slug}"))
    # What is punctuation after a link need not stand apart.
    assert form.text.replace(" .", ".") == wording(campaign, petition)


def test_a_signature_keeps_which_version_it_agreed_to(client: AuditingClient) -> None:
    campaign = make_campaign()
    make_petition(campaign)
    client.post(
        f"/campaigns/{campaign.slug}/sign", data={"name": "Amal", "email": "amal@example.org"}
    )
    assert db.session.scalars(select(Signature.consent_version)).one() == CONSENT_VERSION


def test_the_ticks_are_asked_for_in_the_same_words_where_they_are_changed(
    client: AuditingClient,
) -> None:
    petition = make_petition(make_campaign())
    page = read(client, own(make_signature(petition)))
    for name in TICKS:
        words = WORDINGS[CONSENT_VERSION][name].format(addressee=petition.addressee)
        assert f">{words}</label>" in page


def test_what_older_signatures_agreed_to_can_still_be_read() -> None:
    assert WORDINGS[1]["sign"] == "Agree and sign. Signing reveals a political opinion."
    assert set(WORDINGS) == set(range(1, CONSENT_VERSION + 1))
