"""Retention"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0003'
down_revision: str | None = '0002'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply this change."""
    op.add_column('campaign', sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True))
    # When it was is not on record: the time supporters' data is kept begins now.
    op.execute("UPDATE campaign SET archived_at = CURRENT_TIMESTAMP WHERE state = 'archived'")
    # The defaults stay in the database: to take them away, SQLite would copy every signature.
    op.add_column(
        'petition',
        sa.Column('signatures_purged', sa.Integer(), nullable=False, server_default='0'),
    )
    op.add_column(
        'signature',
        sa.Column('slow_index', sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.execute(
        "UPDATE signature SET slow_index = true WHERE petition_id IN (SELECT petition.id FROM "
        "petition JOIN campaign ON campaign.id = campaign_id WHERE mode = 'high_risk')"
    )


def downgrade() -> None:
    """Take this change back."""
    for table, column in (
        ('signature', 'slow_index'),
        ('petition', 'signatures_purged'),
        ('campaign', 'archived_at'),
    ):
        with op.batch_alter_table(table) as changed:
            changed.drop_column(column)
