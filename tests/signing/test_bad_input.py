"""What is typed wrongly comes back as it was typed, with a sentence that says what to do."""

from html import unescape

import pytest

from campaigns.cases.models import Campaign
from campaigns.mail.models import Delivery
from campaigns.petitions.models import Signature
from campaigns.updates.models import Subscription
from tests.fixtures.auditing import AuditingClient
from tests.signing.visitors import count, sign, subscribe

# The same code whatever the database: nothing here reaches it.
pytestmark = [pytest.mark.usefixtures("petition"), pytest.mark.database("sqlite")]

WRONG_NAMES: dict[str, list[str | None]] = {
    "Enter your full name.": [None, ""],
    "Shorten your name to 120 characters or fewer.": ["A" * 121, "ا" * 121],
    "Remove the invisible control characters": [
        "Amal\x00Signer",
        "Amal\nSigner",
        "Amal\tSigner",
        "Amal\x7f",
        "Amal\x85Signer",
        "Amal\u2028Signer",
        "Amal\u202eSigner",
        "\u2066Amal",
    ],
    "Write your name without the signs < and >.": ["<b>Amal</b>", "Amal <script>", "Amal > all"],
    "Begin your name with a letter": ["=1+1", "+Amal", "-Amal", "@Amal", "＝SUM(A1)", "−Amal"],
    "Write your name without the address of a website.": [
        "Amal https://spam.example",
        "www.spam.example",
        "spam.com",
        "Buy at Spam.Net now",
    ],
    "Write your name in letters.": ["   ", "12345", "…", "🙂"],
}
WRONG_ADDRESSES: dict[str, list[str | None]] = {
    "Enter your email address": [None, ""],
    "This email address is too long to be one.": [f"a@{'b.' * 130}org"],
    "Enter a mail address in the form name@example.org.": [
        "   ",
        "amal",
        "amal@",
        "@example.org",
        "amal@example",
        "amal@@example.org",
        "amal example@example.org",
        "amal@exa mple.org",
        "amal@example.org, other@example.org",
        "Amal <amal@example.org>",
        "amal@example.org\r\nBcc: other@example.org",
        "amal\x00@example.org",
        "=cmd@example.org'!A1",
        "jürgen@example.org",
    ],
}
WRONG_COMMENTS = {
    "Shorten your comment to 500 characters or fewer.": ["a" * 501],
    "Remove the invisible control characters": ["Free\x00them", "Free \u202ethem"],
}
NAMES = [
    "Amal Signer",
    "عائشہ بی\u200cبی",
    "محمّد \u200fعلی",
    "José Núñez",
    "D'Arcy O’Neill",
    "Anne-Marie Saint-Just",
    "E",
    "O. Henry",
    "S.Ramesh",
    "Ng",
    "Nguyễn Thị Minh Khai",
    "李",
    "Björk",
    "X Æ A-12",
    "Amal, called “the Baker”",
    "A" * 120,
]


def refused(
    client: AuditingClient, campaign: Campaign, sentence: str, **fields: str | None
) -> None:
    """The form comes back with the sentence in its summary and everything that was typed."""
    usual: dict[str, str | None] = {
        "name": "Amal Signer",
        "email": "amal@example.org",
        "country": "PK",
        "comment": "Let them go home.",
    }
    typed = usual | fields
    answer = sign(client, campaign, **typed, public="y", updates="y")
    assert answer.status_code == 422, fields
    page = answer.get_data(as_text=True)
    summary = page[page.index('id="errors"') :].partition("</div>")[0]
    assert sentence in unescape(summary), fields
    shown = unescape(page)
    for name, text in typed.items():
        if text and text.isprintable() and text.strip() and name != "country":
            assert text.strip() in shown, (name, text)
    assert '<option selected value="PK">' in page or typed["country"] != "PK"
    assert page.count("checked") >= 2
    assert "<script>" not in page


def test_a_wrong_name_comes_back_with_what_to_do(
    client: AuditingClient, campaign: Campaign
) -> None:
    for sentence, names in WRONG_NAMES.items():
        for name in names:
            refused(client, campaign, sentence, name=name)
    assert count(Signature) == count(Delivery) == 0


def test_a_wrong_address_comes_back_with_what_to_do(
    client: AuditingClient, campaign: Campaign
) -> None:
    for sentence, addresses in WRONG_ADDRESSES.items():
        for address in addresses:
            refused(client, campaign, sentence, email=address)
    assert count(Signature) == count(Delivery) == 0


def test_a_wrong_comment_or_country_comes_back_with_what_to_do(
    client: AuditingClient, campaign: Campaign
) -> None:
    for sentence, comments in WRONG_COMMENTS.items():
        for comment in comments:
            refused(client, campaign, sentence, comment=comment)
    for country in ("XX", "pk", "PAK", "<b>"):
        refused(client, campaign, "Choose a country from the list", country=country)
    assert count(Signature) == count(Delivery) == 0


def test_every_fault_of_a_form_is_named_at_once_and_leads_to_its_field(
    client: AuditingClient, campaign: Campaign
) -> None:
    answer = sign(client, campaign, "", name="", comment="a" * 501, country="XX")
    page = answer.get_data(as_text=True)
    summary = page[page.index('id="errors"') :].partition("</div>")[0]
    for field in ("name", "email", "country", "comment"):
        assert f'href="#{field}"' in summary
        assert f'id="{field}-error"' in page
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_that_is_not_filled_in_at_all_is_refused(
    client: AuditingClient, campaign: Campaign
) -> None:
    for path in ("sign", "subscribe"):
        assert client.post(f"/campaigns/{campaign.slug}/{path}", data={}).status_code == 422


def test_names_of_every_kind_are_taken(client: AuditingClient, campaign: Campaign) -> None:
    for number, name in enumerate(NAMES):
        assert sign(client, campaign, f"n{number}@example.org", name=name).status_code == 303, name
    assert count(Signature) == len(NAMES)


def test_addresses_of_every_kind_are_taken(client: AuditingClient, campaign: Campaign) -> None:
    addresses = [
        "a@example.org",
        "amal.signer+petition@sub.example.co.uk",
        "o'neill@example.org",
        "AMAL@EXAMPLE.NET",
        " spaces@example.org ",
        "amal@bücher.example",
        f"{'a' * 64}@example.org",
    ]
    for address in addresses:
        assert sign(client, campaign, address).status_code == 303, address
    assert count(Signature) == len(addresses)


def test_a_comment_may_have_several_lines(client: AuditingClient, campaign: Campaign) -> None:
    assert sign(client, campaign, comment="First.\r\n\r\nSecond.").status_code == 303


def test_a_wrong_subscription_comes_back_with_what_to_do(
    client: AuditingClient, campaign: Campaign
) -> None:
    for sentence, addresses in WRONG_ADDRESSES.items():
        address = addresses[-1] or ""
        answer = subscribe(client, campaign, address, frequency="weekly")
        assert answer.status_code == 422, address
        page = unescape(answer.get_data(as_text=True))
        assert sentence in page
        assert 'href="#subscribe-email"' in page
        assert 'checked class="tick__box" id="subscribe-frequency-2"' in page
    answer = subscribe(client, campaign, frequency="hourly")
    assert answer.status_code == 422
    assert "Choose how often we may write to you." in answer.get_data(as_text=True)
    assert count(Subscription) == count(Delivery) == 0


def test_a_form_longer_than_any_person_types_is_refused(
    client: AuditingClient, campaign: Campaign
) -> None:
    assert sign(client, campaign, name="A" * 1_100_000).status_code == 413
