"""Cap mail where it is sent, and count signings by network"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0006'
down_revision: str | None = '0005'
TO_SHOW_ONLY = sa.text('sealed_public IS NOT NULL')
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply this change."""
    op.add_column('delivery', sa.Column('counted', sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table('delivery') as delivery:
        delivery.alter_column('counted', server_default=None)
    op.create_table('network_count',
    sa.Column('network', sa.LargeBinary(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('minute', sa.Integer(), nullable=False),
    sa.Column('in_minute', sa.Integer(), nullable=False),
    sa.Column('hour', sa.Integer(), nullable=False),
    sa.Column('in_hour', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('network', name=op.f('pk_network_count'))
    )
    op.create_index(op.f('ix_network_count_day'), 'network_count', ['day'])
    op.add_column('signature', sa.Column('typed_index', sa.LargeBinary(), nullable=True))
    op.add_column('signature', sa.Column('moved_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_signature_to_show', 'signature', ['id'], sqlite_where=TO_SHOW_ONLY, postgresql_where=TO_SHOW_ONLY)


def downgrade() -> None:
    """Take this change back."""
    op.drop_index('ix_signature_to_show', 'signature')
    op.drop_column('signature', 'moved_at')
    op.drop_column('signature', 'typed_index')
    op.drop_table('network_count')
    with op.batch_alter_table('delivery') as delivery:
        delivery.drop_column('counted')
