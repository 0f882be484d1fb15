"""A relay on loopback that can be told to misbehave, and certificates for it."""

import asyncio
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ACCEPTED = "250 2.0.0 taken"
DROP = "drop"
SILENT = "silent"


@dataclass(frozen=True)
class Received:
    """One mail the relay answered for, or took and then broke off."""

    sender: str
    recipient: str
    payload: bytes

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.payload, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"])


@dataclass
class Relay:
    """Set `answers` by command (MAIL, RCPT, DATA) to a reply, DROP, SILENT or a list of them."""

    answers: dict[str, str | list[str]] = field(default_factory=dict)
    pipelining: bool = True
    most_connections: int | None = None
    # What is opened beyond that is broken off, or left without an answer.
    leaves_waiting: bool = False
    delay: float = 0.0
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    commands: list[str] = field(default_factory=list)
    on_recipient: Callable[[str], None] | None = None
    port: int = 0

    @property
    def message_ids(self) -> list[str]:
        return [received.message_id for received in self.received]

    async def answer(self, server: Any, command: str) -> str:
        self.commands.append(command)
        given = self.answers.get(command, ACCEPTED)
        if isinstance(given, list):
            given = given.pop(0) if given else ACCEPTED
        if given == SILENT:
            await asyncio.sleep(30)
        if given in (DROP, SILENT):
            server.transport.abort()
            return "421 broken off"
        return given

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        if self.most_connections is not None and self.connections > self.most_connections:
            if self.leaves_waiting:
                await asyncio.sleep(30)
            server.transport.abort()
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.pipelining else responses

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        reply = await self.answer(server, "MAIL")
        envelope.mail_from = address if reply.startswith("2") else None
        return reply

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.on_recipient:
            self.on_recipient(address)
        reply = await self.answer(server, "RCPT")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.delay:
            await asyncio.sleep(self.delay)
        # A relay that breaks off after the final dot has the mail all the same.
        given = self.answers.get("DATA", ACCEPTED)
        upcoming = given[0] if isinstance(given, list) and given else given
        if upcoming == DROP or str(upcoming or ACCEPTED).startswith("2"):
            (recipient,) = envelope.rcpt_tos
            self.received.append(Received(envelope.mail_from, recipient, envelope.content))
        return await self.answer(server, "DATA")


class _Controller(Controller):
    def factory(self) -> SMTP:
        # Nobody waits for a name's lookup in a test.
        return SMTP(self.handler, hostname="relay.test", **self.SMTP_kwargs)


@contextmanager
def running(relay: Relay, **options: Any) -> Iterator[Relay]:
    """Run a relay on a free port of this machine."""
    controller = _Controller(relay, hostname="127.0.0.1", port=0, **options)
    controller._trigger_server = lambda: None  # type: ignore[method-assign]
    controller._factory_invoked.wait = lambda timeout=None: True  # type: ignore[method-assign]
    controller.smtpd = object()
    controller.start()
    try:
        server = controller.server
        assert isinstance(server, asyncio.Server)
        relay.port = server.sockets[0].getsockname()[1]
        yield relay
    finally:
        controller.stop()


def signing_in(username: str, password: str) -> dict[str, Any]:
    """Options of a relay that asks for a user name and a password."""

    def authenticate(
        _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == (username, password), handled=False)

    return {"authenticator": authenticate, "auth_require_tls": False}


def make_certificate(folder: Path, name: str = "127.0.0.1") -> Path:
    """Write a self-signed certificate and its key for an address of this machine to one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a relay of tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "relay.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
