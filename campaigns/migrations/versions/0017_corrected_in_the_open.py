"""Hide what is reported, tell corrections to who was told the error, and let a name be withdrawn"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0017'
down_revision: str | None = '0016'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
HIDING = ('event', 'update')


def upgrade() -> None:
    """Apply this change."""
    for table in HIDING:
        op.add_column(table, sa.Column('hidden_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('correction', sa.Column('mail_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('delivery', sa.Column('contents', sa.Text(), nullable=True))
    op.create_table('former_slug',
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_former_slug'))
    )
    op.create_table('correction_notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('update_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('queued_up_to', sa.Uuid(), nullable=True),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_correction_notice_campaign_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['update_id'], ['update.id'], name=op.f('fk_correction_notice_update_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_correction_notice')),
    sa.UniqueConstraint('update_id', 'number', name=op.f('uq_correction_notice_update_id_number'))
    )
    op.create_index(op.f('ix_correction_notice_queued_at'), 'correction_notice', ['queued_at'])
    op.create_table('report',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=True),
    sa.Column('part', sa.Enum('campaign', 'event', 'update', name='reportedpart', native_enum=False, length=40), nullable=True),
    sa.Column('part_id', sa.Integer(), nullable=True),
    sa.Column('page', sa.Text(), nullable=False),
    sa.Column('kind', sa.Enum('danger', 'error', 'name', 'legal', name='reportkind', native_enum=False, length=40), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('contact', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('open', 'answered', 'closed', name='reportstate', native_enum=False, length=40), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_report_campaign_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report')),
    sa.UniqueConstraint('reference', name=op.f('uq_report_reference'))
    )
    op.create_index('ix_report_campaign_state', 'report', ['campaign_id', 'state'])


def downgrade() -> None:
    """Take this change back."""
    op.drop_table('report')
    op.drop_table('correction_notice')
    op.drop_table('former_slug')
    op.drop_column('delivery', 'contents')
    op.drop_column('correction', 'mail_at')
    for table in HIDING:
        op.drop_column(table, 'hidden_at')
