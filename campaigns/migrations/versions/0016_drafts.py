"""Updates as drafts, with versions, pauses and test mails."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0016'
down_revision: str | None = '0015'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply this change."""
    op.add_column('delivery', sa.Column('version', sa.Integer(), nullable=True))
    with op.batch_alter_table('update') as update:
        update.alter_column('published_at', existing_type=MOMENT, nullable=True)
        update.add_column(sa.Column('version', sa.Integer(), server_default='1', nullable=False))
        update.add_column(sa.Column('written_at', MOMENT, nullable=True))
        update.add_column(sa.Column('paused_at', MOMENT, nullable=True))
        update.add_column(sa.Column('overtaken_by_id', sa.Integer(), nullable=True))
        update.add_column(sa.Column('cancelled_at', MOMENT, nullable=True))
        update.create_foreign_key(
            op.f('fk_update_overtaken_by_id'), 'event', ['overtaken_by_id'], ['id'], ondelete='SET NULL'
        )
    op.execute('UPDATE "update" SET written_at = published_at')
    with op.batch_alter_table('update') as update:
        update.alter_column('version', existing_type=sa.Integer(), server_default=None)
        update.alter_column('written_at', existing_type=MOMENT, nullable=False)
    op.create_table(
        'test_mail',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('update_id', sa.Integer(), nullable=False),
        sa.Column('sealed_address', sa.LargeBinary(), nullable=False),
        sa.Column('expires_at', MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ['update_id'], ['update.id'], name=op.f('fk_test_mail_update_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_test_mail')),
    )
    op.create_index('ix_test_mail_update_id', 'test_mail', ['update_id'])
    op.create_index('ix_test_mail_expires_at', 'test_mail', ['expires_at'])


def downgrade() -> None:
    """Take this change back; what was not published is lost, as nothing before knew of drafts."""
    op.drop_table('test_mail')
    op.execute('DELETE FROM "update" WHERE published_at IS NULL')
    with op.batch_alter_table('update') as update:
        update.drop_constraint(op.f('fk_update_overtaken_by_id'), type_='foreignkey')
        for column in ('version', 'written_at', 'paused_at', 'overtaken_by_id', 'cancelled_at'):
            update.drop_column(column)
        update.alter_column('published_at', existing_type=MOMENT, nullable=False)
    op.drop_column('delivery', 'version')
