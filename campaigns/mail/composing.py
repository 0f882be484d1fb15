"""Who composes which kind of mail: rooms register here, and this room knows none of them."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy

from flask_mail import Message

from campaigns.mail.claims import ClaimedDelivery
from campaigns.mail.headers import wire_address
from campaigns.mail.models import DeliveryState

Batch = Sequence[ClaimedDelivery]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to go: whom it goes to and its bytes, which no log may show."""

    delivery_id: int
    recipient: str = field(repr=False)
    payload: bytes = field(repr=False)
    version: int | None = None
    # Of what it tells of, where that has versions.
    contents: str | None = None
    # What a room wants to know later of what this one told, where the delivery does not say.

    def as_message(self) -> Message:
        """Return the letter as a Flask-Mail message, for whoever listens to what is sent."""
        parsed = message_from_bytes(self.payload, policy=policy.default)
        text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
        message = Message(
            subject=str(parsed["Subject"] or ""),
            recipients=[self.recipient],
            body=text.get_content() if text else None,
            html=html.get_content() if html else None,
            sender=str(parsed["From"] or "") or None,
            reply_to=str(parsed["Reply-To"]) if parsed["Reply-To"] else None,
            date=parsed["Date"].datetime.timestamp() if parsed["Date"] else None,
        )
        message.msgId = str(parsed["Message-ID"])
        return message


@dataclass(frozen=True, slots=True)
class Withheld:
    """A mail that will never be sent, and whether that is a failure (an address does not open)."""

    delivery_id: int
    state: DeliveryState = DeliveryState.FAILED


Compose = Callable[[Batch], Iterable[Letter | Withheld]]
StillWanted = Callable[[Batch], Collection[int]]


@dataclass(frozen=True, slots=True)
class Composer:
    """How one kind of mail is made.

    `compose` gets claimed deliveries of its kind and returns a Letter or Withheld for each; what it
    leaves out is cancelled, because what it told of is gone. It reads and renders and writes
    nothing. `still_wanted` is asked just before a recipient is named to the relay and returns the
    ids of those deliveries that should go ahead; it is one quick query.
    """

    compose: Compose
    still_wanted: StillWanted


_composers: dict[str, Composer] = {}


def register_composer(kind: str, *, compose: Compose, still_wanted: StillWanted) -> None:
    """Say how mail of a kind is made; rooms call this when they are set up."""
    _composers[kind] = Composer(compose, still_wanted)


def composer_of(kind: str) -> Composer | None:
    """Return who composes a kind of mail, or None when no room does."""
    return _composers.get(kind)


def letter(
    claim: ClaimedDelivery,
    recipient: str,
    message: Message | bytes,
    version: int | None = None,
    contents: str | None = None,
) -> Letter:
    """Return the letter that carries a message, or a filled stencil, to the claim's recipient.

    `version` and `contents` are as in `Letter`. Raises AddressUnusable.
    """
    payload = message if isinstance(message, bytes) else message.as_bytes()
    return Letter(claim.id, wire_address(recipient), payload, version, contents)


def one_by_one(compose: Callable[[ClaimedDelivery], Letter | Withheld | None]) -> Compose:
    """Turn a function that composes one mail (None: no longer wanted) into one for batches."""

    def compose_batch(batch: Batch) -> Iterable[Letter | Withheld]:
        return [composed for claim in batch if (composed := compose(claim)) is not None]

    return compose_batch
