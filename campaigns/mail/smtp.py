"""A connection to a relay that is verified, awaited and listened to.

Flask-Mail 0.10 checks no certificate, waits for ever and overlooks refused recipients.
"""

import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from campaigns.config import Settings, SettingsError
from campaigns.mail.composing import Letter
from campaigns.mail.connections import FAULT, SENT, LetterConnection, RelayFailed
from campaigns.mail.replies import START_INPUT, Outcome, Stage, Verdict, judge

CHUNK = 65_536
LONGEST_REPLY = 65_536
REPLY_TIMEOUT = 30.0
# All replies about one mail together; less than the lease on it.
EXCHANGE_TIMEOUT = 40.0

Result = TypeVar("Result")
Reply = tuple[int, bytes]
# Says something, waits for the next reply, and so on; returns what came of it.
Conversation = Generator[None, Reply, Result]


@dataclass(frozen=True)
class Relay:
    """The SMTP server that takes this installation's mail, as configured."""

    server: str
    port: int
    username: str | None
    password: str | None
    use_tls: bool
    use_ssl: bool
    ca_file: Path | None
    own_name: str
    # What this machine calls itself to the relay.
    timeout: float

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """The rules of TLS: a valid certificate, for this name, from an authority we trust."""
        return ssl.create_default_context(cafile=self.ca_file)


def check_relay(settings: Settings) -> None:
    """Refuse to send addresses over the network unencrypted.

    Raises SettingsError when neither TLS setting is on and the relay is not on this machine.
    """
    encrypted = settings.mail_use_tls or settings.mail_use_ssl
    if settings.mail_server and not encrypted and not _is_loopback(settings.mail_server):
        raise SettingsError(
            "CAMPAIGNS_MAIL_SERVER is another machine: set CAMPAIGNS_MAIL_USE_TLS or "
            "CAMPAIGNS_MAIL_USE_SSL, so that no address crosses the network unencrypted."
        )


def relay_of(settings: Settings, timeout: float) -> Relay | None:
    """Return the configured relay, or None when mail goes to the mailbox.

    Raises SettingsError, as `check_relay` does.
    """
    if settings.mail_server is None:
        return None
    check_relay(settings)
    return Relay(
        server=settings.mail_server,
        port=settings.mail_port,
        username=settings.mail_username,
        password=settings.mail_password,
        use_tls=settings.mail_use_tls,
        use_ssl=settings.mail_use_ssl,
        ca_file=settings.mail_ca_file,
        own_name=_own_name(urlsplit(settings.base_url or "").hostname or "localhost"),
        timeout=timeout,
    )


class SmtpConnection(LetterConnection):
    """A connection to the relay."""

    def __init__(self, mail: Any, relay: Relay, sender_of: Callable[[Letter], str]) -> None:
        super().__init__(mail)
        self.relay = relay
        self.sender_of = sender_of
        self._exchange_until = self._reply_until = 0.0
        self._received = b""
        self._lines: list[bytes] = []
        # What the relay has refused already: losing the connection then changes nothing.
        self._refused: Outcome | None = None

    def __enter__(self) -> Self:
        """Connect; raises RelayFailed."""
        super().__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        """Take leave, whatever state the connection is in."""
        if self.host is None:
            return
        try:
            # A relay that keeps silent is not waited for twice.
            if self.host.sock is not None:
                self.host.sock.settimeout(min(2.0, self.relay.timeout))
                self.host.quit()
        except (OSError, smtplib.SMTPException):
            pass
        finally:
            self.host.close()
            self.host = None

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypt, sign in; raises RelayFailed and leaves nothing open."""
        host: smtplib.SMTP | None = None
        try:
            host = self._connect()
            self._greet(host)
        except RelayFailed:
            _close(host)
            raise
        except (OSError, smtplib.SMTPException, ValueError):
            _close(host)
            # Its text may quote what was said; TLS failures are among the OSErrors.
            raise RelayFailed(FAULT) from None
        return host

    @property
    def usable(self) -> bool:
        """Whether another letter can be sent over it."""
        return self.mail.suppress or (self.host is not None and self.host.sock is not None)

    @property
    def deadline(self) -> float:
        """Until when the next reply is awaited."""
        return self._reply_until

    def fileno(self) -> int:
        """Return the socket's."""
        return int(self._socket.fileno())

    def begin(self, letter: Letter) -> Outcome | None:
        """Name the sender and the recipient, in one write with DATA where the relay allows it."""
        host = self.host
        if host is None or host.sock is None:
            return FAULT
        self._exchange_until = monotonic() + EXCHANGE_TIMEOUT
        self._refused = None
        self._exchange = self._converse(host, letter)
        return self._step(None)

    def go_on(self) -> Outcome | None:
        """Take the replies that have come; the text goes out after the one to DATA."""
        outcome: Outcome | None = None
        try:
            self._receive()
            while outcome is None and (reply := self._next_reply()):
                outcome = self._step(reply)
        except (OSError, smtplib.SMTPException):
            return self.break_off()
        return outcome

    def break_off(self) -> Outcome:
        """Close the connection at once."""
        _close(self.host)
        return self._refused or FAULT

    def _step(self, reply: Reply | None) -> Outcome | None:
        try:
            self._exchange.send(reply)  # type: ignore[arg-type]
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome
        except (OSError, smtplib.SMTPException):
            return self.break_off()
        self._reply_until = min(monotonic() + self.relay.timeout, self._exchange_until)
        return None

    def _receive(self) -> None:
        sock = self._socket
        try:
            while True:
                chunk = sock.recv(CHUNK)
                if not chunk:
                    raise ConnectionError
                self._received += chunk
                # What TLS has already decrypted announces itself no more.
                if not (isinstance(sock, ssl.SSLSocket) and sock.pending()):
                    return
        except (BlockingIOError, ssl.SSLWantReadError):
            return

    def _next_reply(self) -> Reply | None:
        """Return the code and the text of a reply that has come whole."""
        while True:
            line, end, rest = self._received.partition(b"\n")
            if not end:
                break
            self._received = rest
            self._lines.append(line[4:].strip())
            if line[3:4] != b"-" or not line[:3].isdigit():
                text, self._lines = b"\n".join(self._lines), []
                return (int(line[:3]) if line[:3].isdigit() else -1), text
        if len(self._received) + sum(map(len, self._lines)) > LONGEST_REPLY:
            raise smtplib.SMTPException
        return None

    @property
    def _socket(self) -> socket.socket:
        if self.host is None or self.host.sock is None:
            raise ConnectionError
        sock: socket.socket = self.host.sock
        return sock

    def _connect(self) -> smtplib.SMTP:
        relay, patience = self.relay, min(self.relay.timeout, self.patience)
        if relay.use_ssl:
            return smtplib.SMTP_SSL(
                relay.server,
                relay.port,
                local_hostname=relay.own_name,
                timeout=patience,
                context=relay.tls,
            )
        return smtplib.SMTP(
            relay.server, relay.port, local_hostname=relay.own_name, timeout=patience
        )

    def _greet(self, host: smtplib.SMTP) -> None:
        if host.sock is not None:
            # Each write waits for a reply: holding small ones back only adds 40 ms to each mail.
            host.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host.ehlo_or_helo_if_needed()
        if self.relay.use_tls:
            # Raises when the relay, or somebody in between, does not offer it.
            host.starttls(context=self.relay.tls)
            host.ehlo_or_helo_if_needed()
        if self.relay.username:
            self._sign_in(host, self.relay.username, self.relay.password or "")

    def _sign_in(self, host: smtplib.SMTP, username: str, password: str) -> None:
        # One mechanism only: many relays hang up on whoever is refused by the first and tries on.
        offered = host.esmtp_features.get("auth", "").upper().split()
        mechanisms = {"PLAIN": host.auth_plain, "LOGIN": host.auth_login}
        usable = [name for name in mechanisms if name in offered]
        if not usable:
            raise RelayFailed(Outcome(Verdict.SIGN_IN_REFUSED))
        host.user, host.password = username, password
        try:
            host.auth(usable[0], mechanisms[usable[0]])
        except smtplib.SMTPAuthenticationError as error:
            reply = error.smtp_error
            text = reply if isinstance(reply, bytes) else reply.encode()
            raise RelayFailed(judge(Stage.AUTH, error.smtp_code, text) or FAULT) from None

    def _converse(self, host: smtplib.SMTP, letter: Letter) -> Conversation[Outcome]:
        """Say what is to be said for one letter; what it yields for is sent the next reply."""
        commands = {
            Stage.MAIL: f"MAIL FROM:<{self.sender_of(letter)}>\r\n".encode("ascii"),
            Stage.RCPT: f"RCPT TO:<{letter.recipient}>\r\n".encode("ascii"),
            Stage.DATA: b"DATA\r\n",
        }
        pipelined = host.has_extn("pipelining")
        if pipelined:
            self._say(b"".join(commands.values()))
        refused: Outcome | None = None
        open_for_data = False
        for stage, command in commands.items():
            if not pipelined:
                self._say(command)
            code, text = yield
            refused = refused or judge(stage, code, text)
            open_for_data = stage is Stage.DATA and code == START_INPUT
            if refused and (not pipelined or refused.verdict is Verdict.FAULT):
                break
        if refused:
            self._refused = refused
            yield from self._clear(refused, open_for_data=open_for_data)
            return refused
        self._say(stuff_dots(letter.payload))
        code, text = yield
        outcome = judge(Stage.END, code, text) or SENT
        if outcome.verdict is Verdict.FAULT:
            _close(host)
        return outcome

    def _clear(self, refused: Outcome, *, open_for_data: bool) -> Conversation[None]:
        """Bring the connection back to where the next mail can begin."""
        if refused.verdict is Verdict.FAULT:
            _close(self.host)
            return
        if open_for_data:
            # The relay waits for a text although it has nobody to bring it to (RFC 2920, 3.1).
            self._say(b".\r\n")
            yield
        self._say(b"RSET\r\n")
        yield

    def _say(self, octets: bytes) -> None:
        sock = self._socket
        left = self._exchange_until - monotonic()
        sock.settimeout(max(0.001, min(left, self.relay.timeout)))
        sock.sendall(octets)
        # Whether there is something to read is asked of the system.
        sock.settimeout(0)


def stuff_dots(payload: bytes) -> bytes:
    """Return a message as DATA carries it (RFC 5321, 4.5.2), the final dot included."""
    stuffed = payload.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")


def _close(host: smtplib.SMTP | None) -> None:
    if host is not None:
        host.close()


def _own_name(host: str) -> str:
    """Return what EHLO says: a name, or an address in the form of RFC 5321, 4.1.3."""
    if not _is_address(host):
        return host
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(server: str) -> bool:
    if server.lower() == "localhost":
        return True
    return _is_address(server) and ipaddress.ip_address(server).is_loopback
