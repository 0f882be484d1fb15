"""A cap on the mail strangers can have sent to one mailbox, whatever campaign they name."""

from datetime import date

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.db import Base, db

MAILS_A_DAY = 3


class MailboxCap(Base):
    """How many mails a mailbox was sent today because somebody typed its address."""

    __tablename__ = "mailbox_cap"

    mailbox: Mapped[bytes] = mapped_column(primary_key=True)
    # A blind index under a key that lives one day.
    day: Mapped[date] = mapped_column(index=True)
    mails: Mapped[int]


def take_from_mailbox_cap(mailbox: bytes, day: date) -> bool:
    """Count one more mail to a mailbox on a day; False when it has had its three."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(MailboxCap)
    counted = db.session.execute(
        insert.values(mailbox=mailbox, day=day, mails=1)
        .on_conflict_do_update(
            index_elements=["mailbox"],
            set_={"mails": MailboxCap.mails + 1},
            where=MailboxCap.mails < MAILS_A_DAY,
        )
        .returning(MailboxCap.mails)
    ).scalar()
    return counted is not None


def forget_mailbox_caps(before: date) -> None:
    """Delete the counts of earlier days."""
    db.session.execute(delete(MailboxCap).where(MailboxCap.day < before))
