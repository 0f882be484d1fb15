"""Teams: since when somebody has a role, and resets that two owners agree on."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0009'
down_revision: str | None = '0008'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply this change."""
    op.create_table('reset_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organiser_id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organiser_id'], ['organiser.id'], name=op.f('fk_reset_request_organiser_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['asked_by_id'], ['organiser.id'], name=op.f('fk_reset_request_asked_by_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reset_request')),
    sa.UniqueConstraint('organiser_id', 'campaign_id', name=op.f('uq_reset_request_organiser_id_campaign_id'))
    )
    op.create_index(op.f('ix_reset_request_campaign_id'), 'reset_request', ['campaign_id'])
    op.add_column('campaign_role', sa.Column('given_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('organiser', sa.Column('invited_for', sa.Integer(), nullable=True))
    op.add_column('organiser', sa.Column('second_from', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take this change back."""
    op.drop_column('organiser', 'second_from')
    op.drop_column('organiser', 'invited_for')
    op.drop_column('campaign_role', 'given_at')
    op.drop_table('reset_request')
