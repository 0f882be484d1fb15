"""What subscribers choose besides how often they are mailed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0013'
down_revision: str | None = '0012'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
TICKS = ('plain_text', 'discreet')


def upgrade() -> None:
    """Apply this change."""
    op.add_column('subscription', sa.Column('sealed_locale', sa.LargeBinary(), nullable=True))
    op.add_column('subscription', sa.Column('frequency_since', sa.DateTime(timezone=True), nullable=True))
    op.add_column('subscription', sa.Column('paused_until', sa.DateTime(timezone=True), nullable=True))
    for tick in TICKS:
        op.add_column('subscription', sa.Column(tick, sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table('subscription') as subscription:
        for tick in TICKS:
            subscription.alter_column(tick, server_default=None)


def downgrade() -> None:
    """Take this change back."""
    with op.batch_alter_table('subscription') as subscription:
        for column in ('sealed_locale', 'frequency_since', 'paused_until', *TICKS):
            subscription.drop_column(column)
