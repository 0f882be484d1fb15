"""The forms that let an organiser in."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField, ValidationError
from wtforms.validators import EqualTo, InputRequired, Length

from campaigns.accounts import passwords


class SignInForm(FlaskForm):
    """A user name and a password. Nothing is remembered on purpose: phones are taken away."""

    username = StringField(_l("User name"), [InputRequired(_l("Enter your user name."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password."))])


class PasswordForm(FlaskForm):
    """A new password, typed twice."""

    password = PasswordField(
        _l("Password"),
        [
            InputRequired(_l("Choose a password.")),
            Length(min=passwords.SHORTEST, message=_l("Use 12 characters or more.")),
            Length(
                max=passwords.LONGEST,
                message=_l("Shorten your password to 256 characters or fewer."),
            ),
        ],
    )
    again = PasswordField(
        _l("The same password again"),
        [EqualTo("password", message=_l("Type the same password twice."))],
    )

    def __init__(self, *names: str) -> None:
        """Refuse passwords made of these names too: the organiser's and the site's."""
        super().__init__()
        self.names = names

    def validate_password(self, field: PasswordField) -> None:
        """Refuse what others would guess early."""
        if not field.errors and passwords.is_guessable(field.data, *self.names):
            raise ValidationError(
                _("This password is easy to guess. Use several words that have no connection.")
            )
