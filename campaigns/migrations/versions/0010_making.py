"""Make a campaign once however often its form is sent, and keep every text that was signed"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0010'
down_revision: str | None = '0009'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply this change."""
    op.create_table('earlier_text',
    sa.Column('petition_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('translations', sa.JSON(), nullable=False),
    sa.Column('replaced_on', sa.Date(), nullable=False),
    sa.Column('signed', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['petition_id'], ['petition.id'], name=op.f('fk_earlier_text_petition_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('petition_id', 'version', name=op.f('pk_earlier_text'))
    )
    op.add_column('petition', sa.Column('text_version', sa.Integer(), server_default='1', nullable=False))
    op.add_column('signature', sa.Column('text_version', sa.Integer(), server_default='1', nullable=False))
    op.add_column('campaign', sa.Column('idempotency_token', sa.Text(), nullable=True))
    op.create_index(op.f('ix_campaign_idempotency_token'), 'campaign', ['idempotency_token'], unique=True)


def downgrade() -> None:
    """Take this change back."""
    op.drop_index(op.f('ix_campaign_idempotency_token'), 'campaign')
    op.drop_column('campaign', 'idempotency_token')
    op.drop_column('signature', 'text_version')
    op.drop_column('petition', 'text_version')
    op.drop_table('earlier_text')
