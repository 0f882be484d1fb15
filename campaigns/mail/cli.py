"""`campaigns mail …`: what an operator asks of the queue."""

from typing import IO

import click
from flask.cli import with_appcontext

from campaigns.config import current_settings
from campaigns.db import db, utcnow
from campaigns.mail.bounces import Taken, take_report
from campaigns.mail.connections import RelayFailed
from campaigns.mail.doctor import (
    Finding,
    ask_dns,
    examine_bounces,
    examine_domain,
    examine_relay,
)
from campaigns.mail.headers import split_sender
from campaigns.mail.models import MailPause, PauseReason
from campaigns.mail.queries import active_pauses, count_deliveries, is_worker_alive
from campaigns.mail.replies import Verdict
from campaigns.mail.reports import read_report
from campaigns.mail.transport import mail as transport

RELAY_ADVICE = {
    PauseReason.UNREACHABLE: "See that CAMPAIGNS_MAIL_SERVER and _PORT are right, that one of "
    "CAMPAIGNS_MAIL_USE_TLS and _USE_SSL fits the port, and that its certificate is for this name.",
    PauseReason.SIGN_IN_REFUSED: "Correct CAMPAIGNS_MAIL_USERNAME and CAMPAIGNS_MAIL_PASSWORD.",
}
REASONS = {
    PauseReason.UNREACHABLE: "the relay does not answer, or its certificate is not valid",
    PauseReason.SIGN_IN_REFUSED: "the relay refuses CAMPAIGNS_MAIL_USERNAME and its password",
    PauseReason.SENDER_REFUSED: "the relay refuses mail from CAMPAIGNS_MAIL_DEFAULT_SENDER",
    PauseReason.POLICY: "the relay refuses it by a rule of its own",
}

# The original mail may come along; what is cut off says nothing any more.
LARGEST_REPORT = 1_000_000
TAKEN = {
    Taken.IGNORED: "Ignored: no report about a mail of this site.",
    Taken.NOTED: "Noted: the mail failed.",
    Taken.SUPPRESSED: "No mail goes to this mailbox any more.",
}


@click.group()
def mail() -> None:
    """Look after outgoing mail."""


@mail.command()
@with_appcontext
def status() -> None:
    """Print the queues, and what rests and why."""
    for line in status_lines():
        click.echo(line)


@mail.command("ingest-bounce")
@click.argument("message", type=click.File("rb"), default="-")
@click.option("--recipient", default="", help="The address it was sent to, where it is not in it.")
@with_appcontext
def ingest_bounce(message: IO[bytes], recipient: str) -> None:
    """Read a MESSAGE that came to CAMPAIGNS_MAIL_BOUNCE_ADDRESS, from standard input by default.

    What is no report about a mail of this site is ignored: that is no error, for anybody may write
    to that address.
    """
    taken = take_report(read_report(message.read(LARGEST_REPORT), recipient))
    db.session.commit()
    click.echo(TAKEN[taken])


@mail.command()
@click.option("--selector", help="The name of the relay's DKIM key, as its operator knows it.")
@with_appcontext
def doctor(selector: str | None) -> None:
    """Look at all that makes mail arrive, and say what to mend; exit 1 when there is something."""
    settings = current_settings()
    domain = split_sender(settings.mail_default_sender)[1].rpartition("@")[2]
    if settings.mail_server is None or not domain:
        raise click.ClickException(
            "CAMPAIGNS_MAIL_SERVER and CAMPAIGNS_MAIL_DEFAULT_SENDER must be set: without them no "
            "mail leaves this machine."
        )
    findings = [
        try_relay(settings.mail_server),
        *examine_relay(settings.mail_server, ask_dns),
        *examine_domain(domain, selector, ask_dns),
        examine_bounces(settings.mail_bounce_address, ask_dns),
    ]
    for finding in findings:
        click.echo(f"{'well' if finding.well else 'MEND'}  {finding.what}")
        if finding.advice:
            click.echo(f"      {finding.advice}")
    if not all(finding.well for finding in findings):
        raise SystemExit(1)


def try_relay(server: str) -> Finding:
    """Connect to the relay as the worker does, encrypted and signed in, and send nothing."""
    try:
        with transport.connect():
            return Finding(
                f"{server} answers, and what the settings ask of TLS and sign-in is met."
            )
    except RelayFailed as error:
        reason = (
            PauseReason.SIGN_IN_REFUSED
            if error.outcome.verdict is Verdict.SIGN_IN_REFUSED
            else PauseReason.UNREACHABLE
        )
        return Finding(f"{server} cannot be used: {REASONS[reason]}.", RELAY_ADVICE[reason])


def status_lines() -> list[str]:
    """Return the state of outgoing mail in lines of text: queues by kind and state, then pauses."""
    counts = count_deliveries()
    width = max((len(kind) for kind, _, _ in counts), default=0)
    lines = [f"{kind:<{width}}  {state:<10}  {count:>8}" for kind, state, count in counts]
    lines = lines or ["No mail has been queued yet."]
    lines += [_pause_line(pause) for pause in active_pauses(utcnow())]
    if not is_worker_alive():
        lines.append("No worker is running: nothing is sent until “campaigns worker” is started.")
    return lines


def _pause_line(pause: MailPause) -> str:
    what = f"{pause.kind} of campaign {pause.campaign_id}" if pause.kind else "all mail"
    code = f" ({pause.smtp_code})" if pause.smtp_code else ""
    return (
        f"Paused: {what}, because {REASONS[pause.reason]}{code}; "
        f"tried again at {pause.until:%H:%M} UTC. Restarting the worker tries at once."
    )
