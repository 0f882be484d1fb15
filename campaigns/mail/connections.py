"""What every way of sending has in common, with Flask-Mail's suppression and signal kept."""

import logging
from abc import abstractmethod
from collections.abc import Callable
from email.utils import parseaddr
from math import inf
from select import select
from time import monotonic

import flask_mail
from flask import current_app
from flask_mail import BadHeaderError, Message, email_dispatched

from campaigns.mail.composing import Letter
from campaigns.mail.headers import wire_address
from campaigns.mail.replies import Outcome, Verdict

logger = logging.getLogger(__name__)

SENT = Outcome(Verdict.SENT)
FAULT = Outcome(Verdict.FAULT)


class RelayFailed(Exception):
    """No connection could be made; `outcome` says whose fault that is, the message no more."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"The relay cannot be used: {outcome.verdict}.")
        self.outcome = outcome


class MailNotSent(Exception):
    """The relay did not take a mail; the message holds the reply's numbers only."""


class LetterConnection(flask_mail.Connection):
    """What letters are handed to, one after the other."""

    patience = inf
    # How many seconds each step of connecting may take; the relay's own limit where that is less.

    @property
    def usable(self) -> bool:
        """Whether another letter can be handed over."""
        return True

    @property
    def deadline(self) -> float:
        """Until when, by the monotonic clock, the reply to what was begun is awaited."""
        return inf

    @abstractmethod
    def begin(self, letter: Letter) -> Outcome | None:
        """Begin to hand over one letter; raises nothing the network causes.

        Returns what became of it when that is known at once, else None: then `go_on` is to be
        called whenever `fileno` can be read, until it tells.
        """

    def fileno(self) -> int:
        """Return what to wait for replies at."""
        raise NotImplementedError

    def go_on(self) -> Outcome | None:
        """Take the replies that have come and do what follows from them, without waiting."""
        raise NotImplementedError

    def break_off(self) -> Outcome:
        """Wait no longer: the connection cannot be used any more."""
        return FAULT

    def start(self, letter: Letter) -> Outcome | None:
        """Begin to hand over one letter, unless mail is suppressed; see `begin`."""
        return SENT if self.mail.suppress else self.begin(letter)

    def send_letter(self, letter: Letter) -> Outcome:
        """Hand over one letter, unless mail is suppressed, and say what became of it."""
        outcome = self._wait(self.start(letter))
        announce(letter, outcome)
        return outcome

    def send(self, message: Message, envelope_from: str | tuple[str, str] | None = None) -> None:
        """Send a Flask-Mail message to each of its recipients, as `Mail.send` does.

        The envelope's sender is the configured address whatever is given. Raises BadHeaderError,
        AddressUnusable, and MailNotSent at the first recipient the relay does not take it for.
        """
        extra = "".join(f"{name}{value}" for name, value in (message.extra_headers or {}).items())
        if message.has_bad_headers() or "\n" in extra or "\r" in extra:
            raise BadHeaderError
        for recipient in sorted(_bare_address(recipient) for recipient in message.send_to):
            letter = Letter(0, wire_address(recipient), message.as_bytes())
            outcome = self._wait(self.start(letter))
            if outcome.verdict is not Verdict.SENT:
                raise MailNotSent(f"The relay answered {outcome.code or 'nothing'}.")
        _announce(lambda: message)

    def _wait(self, outcome: Outcome | None) -> Outcome:
        while outcome is None:
            left = self.deadline - monotonic()
            readable = left > 0 and select([self], [], [], left)[0]
            outcome = self.go_on() if readable else self.break_off()
        return outcome


def announce(letter: Letter, outcome: Outcome) -> None:
    """Tell whoever listens to Flask-Mail's signal that a letter was sent, if it was."""
    if outcome.verdict is Verdict.SENT:
        _announce(letter.as_message)


def _bare_address(recipient: str | tuple[str, str]) -> str:
    return recipient[1] if isinstance(recipient, tuple) else parseaddr(recipient)[1]


def _announce(make_message: Callable[[], Message]) -> None:
    if not email_dispatched.receivers:
        return
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        email_dispatched.send(app, message=make_message())
    except Exception as error:
        # The mail has left: a listener's failure must not make it leave again.
        logger.error("A listener to sent mail failed: %s", type(error).__name__)
