"""Which pages of the console there are for a campaign, and for whom."""

from dataclasses import dataclass
from typing import Final

from flask import request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import Mode


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page, what it is called, and what it is for in a few words."""

    words: LazyString
    hint: LazyString
    address: str
    current: bool


@dataclass(frozen=True, slots=True)
class PageGroup:
    """Pages about one thing."""

    words: LazyString
    links: tuple[PageLink, ...]


Page = tuple[str, Role, LazyString, LazyString]
GROUPS: Final[tuple[tuple[LazyString, tuple[Page, ...]], ...]] = (
    (
        _l("The case"),
        (
            ("cases.events", Role.VIEWER, _l("Entries"), _l("Every one, and its history.")),
            (
                "entering.new_event",
                Role.EDITOR,
                _l("Add an entry in full"),
                _l("Place, actor, several sources; hearings."),
            ),
            ("cases.articles", Role.VIEWER, _l("Articles"), _l("What the entries rest on.")),
            ("cases.new_article", Role.EDITOR, _l("Add an article"), _l("By its address.")),
        ),
    ),
    (
        _l("Supporters"),
        (
            (
                "petitions.signatures",
                Role.VIEWER,
                _l("Signatures"),
                _l("Comments to approve, what is held, names shown."),
            ),
            (
                "dashboard.statistics",
                Role.VIEWER,
                _l("Statistics"),
                _l("Signatures day by day, countries, what became of your mails."),
            ),
            (
                "news.new",
                Role.EDITOR,
                _l("Write to subscribers"),
                _l("For what is no entry of the timeline."),
            ),
            (
                "news.listed",
                Role.VIEWER,
                _l("Updates"),
                _l("Drafts, what waits, what is being sent, and all that was."),
            ),
            (
                "petitions.exports",
                Role.OWNER,
                _l("Export who signed"),
                _l("Two of you have to agree."),
            ),
        ),
    ),
    (
        _l("The campaign"),
        (
            (
                "making.sections",
                Role.EDITOR,
                _l("Edit the campaign"),
                _l("Its texts, detainees and petition."),
            ),
            ("making.preview", Role.VIEWER, _l("Preview"), _l("As the public sees it.")),
            ("making.state", Role.OWNER, _l("Publish or close"), _l("Archive, or take it down.")),
            ("teams.team", Role.VIEWER, _l("Team"), _l("Who may do what here.")),
            ("audit.campaign_trail", Role.OWNER, _l("Audit trail"), _l("Who did what, and when.")),
            (
                "dashboard.high_risk",
                Role.OWNER,
                _l("High risk"),
                _l("When it could endanger somebody that they signed."),
            ),
        ),
    ),
)


def pages_of(campaign: Campaign, role: Role, *, petition: bool) -> list[PageGroup]:
    """Return the pages of a campaign that somebody of a role may open."""
    others: dict[str, LazyString] = {}
    # What a page is called where it does something else: nobody is mailed.
    without = set() if petition else {"petitions.exports"}
    if campaign.mode == Mode.HIGH_RISK:
        without.add("dashboard.high_risk")
        others["news.new"] = _l("Write news")
    groups = [
        PageGroup(
            words,
            tuple(
                PageLink(
                    others.get(endpoint, name),
                    hint,
                    url_for(endpoint, slug=campaign.slug),
                    request.endpoint == endpoint,
                )
                for endpoint, needed, name, hint in pages
                if endpoint not in without and role.includes(needed)
            ),
        )
        for words, pages in GROUPS
    ]
    return [group for group in groups if group.links]
