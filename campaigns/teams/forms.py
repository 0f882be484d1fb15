"""Who is to belong to a team or to the site, and what to look for in the audit trail."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Form, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Optional

from campaigns.accounts.actions import Action
from campaigns.accounts.roles import Role
from campaigns.accounts.trail import Narrowed
from campaigns.teams.wording import ACTIONS, ROLES
from campaigns.web.fields import AtMost, choices_of, strip

USERNAME_LENGTH = 160
NEW, EXISTING = "new", "existing"


class OrganiserForm(FlaskForm):
    """Somebody to let into the site."""

    username = StringField(
        _l("User name"),
        [DataRequired(_l("Enter a user name.")), AtMost(USERNAME_LENGTH, _l("This is too long."))],
        filters=[strip],
    )
    site_admin = BooleanField(_l("Site admin"))


class MemberForm(FlaskForm):
    """Somebody to take into a campaign's team."""

    account = RadioField(
        _l("Have they an account here?"),
        [InputRequired(_l("Say whether they have an account here."))],
        choices=choices_of(
            {
                NEW: _l("No: make one, and a link for me to hand over"),
                EXISTING: _l("Yes, with the user name below"),
            }
        ),
    )
    username = StringField(
        _l("User name"),
        [DataRequired(_l("Enter a user name.")), AtMost(USERNAME_LENGTH, _l("This is too long."))],
        filters=[strip],
    )
    role = SelectField(
        _l("Role"),
        [InputRequired(_l("Choose a role."))],
        choices=choices_of(ROLES),
        default=Role.EDITOR.value,
    )


class RoleForm(FlaskForm):
    """Another role for somebody of the team."""

    role = SelectField(_l("Role"), [InputRequired()], choices=choices_of(ROLES))


class TrailForm(Form):
    """What to look for in the audit trail; its values come from the address alone."""

    action = SelectField(
        _l("What was done"),
        [Optional()],
        choices=choices_of({"": _l("Anything")} | {it.value: ACTIONS[it] for it in Action}),
        default="",
    )
    organiser = SelectField(_l("By whom"), [Optional()], default="")
    campaign = SelectField(_l("In which campaign"), [Optional()], default="")
    since = DateField(_l("From this day on"), [Optional()])
    until = DateField(_l("Up to this day"), [Optional()])

    def offer(self, organisers: Mapping[int, str], campaigns: Mapping[int, str]) -> None:
        """Offer those who may have done something, and where."""
        anybody = {"": _l("Anybody")}
        self.organiser.choices = choices_of(
            anybody | {str(it): name for it, name in organisers.items()}
        )
        anywhere = {"": _l("Anywhere")}
        self.campaign.choices = choices_of(
            anywhere | {str(it): slug for it, slug in campaigns.items()}
        )

    def narrowed(self, campaign_id: int | None = None) -> Narrowed:
        """Return what was asked for; call it when the form is valid."""
        chosen = int(self.campaign.data) if self.campaign.data else None
        return Narrowed(
            action=self.action.data or None,
            organiser_id=int(self.organiser.data) if self.organiser.data else None,
            campaign_id=campaign_id or chosen,
            since=self.since.data,
            until=self.until.data,
        )
