"""Say who holds which key, and let exports of who signed be asked for and approved"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0002'
down_revision: str | None = '0001'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply this change."""
    op.create_table('key_access',
    sa.Column('sealing_key_id', sa.Integer(), nullable=False),
    sa.Column('key_holder_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['key_holder_id'], ['key_holder.id'], name=op.f('fk_key_access_key_holder_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['sealing_key_id'], ['sealing_key.id'], name=op.f('fk_key_access_sealing_key_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('sealing_key_id', 'key_holder_id', name=op.f('pk_key_access'))
    )
    # Until now nobody could be admitted after a key was made.
    op.execute(
        "INSERT INTO key_access (sealing_key_id, key_holder_id) "
        "SELECT sealing_key.id, key_holder.id FROM sealing_key JOIN key_holder "
        "ON key_holder.campaign_id IS NULL OR key_holder.campaign_id = sealing_key.campaign_id "
        "WHERE sealing_key.seals_for = 'campaign'"
    )
    op.create_table('export_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by_id', sa.Integer(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['approved_by_id'], ['organiser.id'], name=op.f('fk_export_request_approved_by_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['asked_by_id'], ['organiser.id'], name=op.f('fk_export_request_asked_by_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_export_request_campaign_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_request'))
    )
    op.create_index(op.f('ix_export_request_campaign_id'), 'export_request', ['campaign_id'])


def downgrade() -> None:
    """Take it back."""
    op.drop_table('export_request')
    op.drop_table('key_access')
