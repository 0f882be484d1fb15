"""`campaigns mail …`: what an operator asks of the queue."""

from typing import IO

import click
from flask.cli import with_appcontext

from campaigns.db import db, utcnow
from campaigns.mail.bounces import Taken, take_report
from campaigns.mail.models import MailPause, PauseReason
from campaigns.mail.queries import active_pauses, count_deliveries, is_worker_alive
from campaigns.mail.reports import read_report

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
