"""Somebody is always left who may decide: an owner of each campaign, and a site admin."""

import threading
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from campaigns.accounts.cli import organiser as organiser_commands
from campaigns.accounts.errors import LastAdmin, LastOwner
from campaigns.accounts.models import CampaignRole, Organiser
from campaigns.accounts.operations import (
    disable_organiser,
    give_role,
    take_role,
    unmake_site_admin,
)
from campaigns.accounts.roles import Role
from campaigns.cases.cli import change_role
from campaigns.cases.models import Campaign
from campaigns.db import db
from tests.factories import make_campaign, make_organiser

Work = Callable[[Organiser, int], object]
WAYS: dict[str, Work] = {
    "lowered": lambda organiser, campaign_id: give_role(organiser, campaign_id, Role.EDITOR),
    "removed": take_role,
    "disabled": lambda organiser, _campaign_id: disable_organiser(organiser),
}


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign("ours")


@pytest.mark.parametrize("way", WAYS)
def test_the_last_owner_is_neither_lowered_nor_removed_nor_disabled(
    campaign: Campaign, way: str
) -> None:
    owner = make_organiser(roles={campaign: Role.OWNER})
    make_organiser(roles={campaign: Role.EDITOR})
    make_organiser(site_admin=True)
    with pytest.raises(LastOwner):
        WAYS[way](owner, campaign.id)
    make_organiser(roles={campaign: Role.OWNER})
    WAYS[way](owner, campaign.id)
    db.session.commit()
    assert owners_left(campaign) == 1


@pytest.mark.parametrize("other", ["disabled", "never came", "of another campaign"])
@pytest.mark.database("sqlite")
def test_an_owner_who_cannot_sign_in_here_is_none(campaign: Campaign, other: str) -> None:
    owner = make_organiser(roles={campaign: Role.OWNER})
    where = make_campaign() if other == "of another campaign" else campaign
    password = None if other == "never came" else "four unconnected nouns"
    active = other != "disabled"
    make_organiser(roles={where: Role.OWNER}, password=password, active=active)
    with pytest.raises(LastOwner):
        take_role(owner, campaign.id)


@pytest.mark.database("sqlite")
def test_whoever_is_disabled_or_no_owner_can_go(campaign: Campaign) -> None:
    gone = make_organiser(roles={campaign: Role.OWNER}, active=False)
    assert take_role(gone, campaign.id)
    editor = make_organiser(roles={campaign: Role.EDITOR})
    assert take_role(editor, campaign.id)
    assert not take_role(editor, campaign.id)


@pytest.mark.parametrize("first", WAYS)
@pytest.mark.parametrize("second", WAYS)
def test_two_at_once_do_not_take_away_both_owners(
    app: Flask, campaign: Campaign, first: str, second: str
) -> None:
    owners = [make_organiser(roles={campaign: Role.OWNER}).id for _ in range(2)]
    outcomes = at_once(app, campaign.id, list(zip((first, second), owners, strict=True)))
    assert sorted(outcomes) == ["done", "refused"]
    assert owners_left(campaign) == 1


@pytest.mark.parametrize("way", ["unmade", "disabled"])
def test_two_at_once_do_not_take_away_both_admins(app: Flask, campaign: Campaign, way: str) -> None:
    admins = [make_organiser(site_admin=True).id for _ in range(2)]
    outcomes = at_once(app, campaign.id, [(way, it) for it in admins])
    assert sorted(outcomes) == ["done", "refused"]


@pytest.mark.database("sqlite")
def test_the_demos_admin_is_no_admin_who_could_be_left(app: Flask) -> None:
    admin = make_organiser(site_admin=True)
    make_organiser("demo", site_admin=True)
    with pytest.raises(LastAdmin):
        unmake_site_admin(admin)


def test_the_command_line_keeps_to_the_rule_and_says_what_to_do(campaign: Campaign) -> None:
    make_organiser("ayesha", roles={campaign: Role.OWNER})
    make_organiser("bilal")
    disabled = CliRunner().invoke(organiser_commands, ["disable", "ayesha"])
    assert (disabled.exit_code, "last owner" in disabled.stderr) == (1, True)
    for role in ("none", "viewer"):
        answer = CliRunner().invoke(change_role, ["Ayesha", "ours", role])
        assert (answer.exit_code, "last owner of ours" in answer.stderr) == (1, True)
    assert CliRunner().invoke(change_role, ["bilal", "ours", "owner"]).exit_code == 0
    answer = CliRunner().invoke(change_role, ["ayesha", "ours", "none"])
    assert answer.stdout == "ayesha has no role in ours.\n"
    assert owners_left(campaign) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nobody", "ours", "owner"], "There is no organiser of this name."),
        (["ayesha", "theirs", "owner"], "There is no campaign “theirs”."),
    ],
)
@pytest.mark.database("sqlite")
def test_a_role_needs_somebody_and_a_campaign(
    campaign: Campaign, arguments: list[str], sentence: str
) -> None:
    make_organiser("ayesha")
    answer = CliRunner().invoke(change_role, arguments)
    assert (answer.exit_code, answer.stderr) == (1, f"Error: {sentence}\n")


def at_once(app: Flask, campaign_id: int, what: list[tuple[str, int]]) -> list[str]:
    """Do several things to several organisers, each in a thread and transaction of its own."""
    db.session.remove()
    start, outcomes = threading.Barrier(len(what)), []
    ways = WAYS | {"unmade": lambda organiser, _campaign_id: unmake_site_admin(organiser)}

    def do(way: str, organiser_id: int) -> None:
        with app.app_context():
            start.wait()
            try:
                ways[way](db.session.get_one(Organiser, organiser_id), campaign_id)
                db.session.commit()
            except (LastOwner, LastAdmin):
                db.session.rollback()
                outcomes.append("refused")
            else:
                outcomes.append("done")

    threads = [threading.Thread(target=do, args=it) for it in what]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def owners_left(campaign: Campaign) -> int:
    """How many owners can still sign in."""
    db.session.rollback()
    return (
        db.session.scalar(
            select(func.count())
            .select_from(CampaignRole)
            .join(Organiser, Organiser.id == CampaignRole.organiser_id)
            .where(
                CampaignRole.campaign_id == campaign.id,
                CampaignRole.role == Role.OWNER,
                Organiser.active.is_(True),
            )
        )
        or 0
    )
