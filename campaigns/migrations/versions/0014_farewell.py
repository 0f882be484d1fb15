"""The last mail to the subscribers of an archived campaign."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0014'
down_revision: str | None = '0013'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply this change."""
    op.create_table('farewell',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('archived_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('queued_up_to', sa.Uuid(), nullable=True),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_farewell_campaign_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_farewell')),
    sa.UniqueConstraint('campaign_id', 'archived_at', name=op.f('uq_farewell_campaign_id_archived_at'))
    )
    op.create_index(op.f('ix_farewell_queued_at'), 'farewell', ['queued_at'])


def downgrade() -> None:
    """Take this change back."""
    op.drop_table('farewell')
