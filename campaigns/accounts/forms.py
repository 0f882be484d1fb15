"""The forms that let an organiser in."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField, ValidationError
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length

from campaigns.accounts import passwords
from campaigns.web.fields import AtMost, plain_line, strip

NAME_LENGTH = 40


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


class NewPasswordForm(PasswordForm):
    """A new password, with the one it comes after."""

    old = PasswordField(_l("Your password until now"), [InputRequired(_l("Enter your password."))])


class FreshForm(FlaskForm):
    """The password once more, before something dangerous."""

    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password."))])


class CodeForm(FlaskForm):
    """The six digits of an authenticator app."""

    code = StringField(
        _l("Code from your app"),
        [InputRequired(_l("Enter the six digits your app shows."))],
        filters=[strip],
    )


class RecoveryForm(FlaskForm):
    """A recovery code."""

    recovery = StringField(
        _l("Recovery code"), [InputRequired(_l("Enter a recovery code."))], filters=[strip]
    )


class PasskeyForm(FlaskForm):
    """What a browser answers for a passkey; a script fills it in."""

    answer = HiddenField()


class NewPasskeyForm(PasskeyForm):
    """A passkey, and what its owner calls it."""

    name = StringField(
        _l("Name of this passkey"),
        [
            DataRequired(_l("Name the passkey, as “phone” or “blue key”.")),
            AtMost(NAME_LENGTH, _l("Shorten the name to 40 characters or fewer.")),
            plain_line,
        ],
        filters=[strip],
    )


class PasskeyNameForm(FlaskForm):
    """Another name for a passkey."""

    name = NewPasskeyForm.name
