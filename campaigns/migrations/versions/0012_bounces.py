"""Mailboxes that mail came back from for a while."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0012'
down_revision: str | None = '0011'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply this change."""
    op.create_table('soft_bounce',
    sa.Column('mailbox', sa.LargeBinary(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('last_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('mailbox', name=op.f('pk_soft_bounce'))
    )
    op.create_index(op.f('ix_soft_bounce_last_on'), 'soft_bounce', ['last_on'])


def downgrade() -> None:
    """Take this change back."""
    op.drop_table('soft_bounce')
