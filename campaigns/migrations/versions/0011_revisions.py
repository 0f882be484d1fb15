"""Let nobody overwrite another's change unseen, and keep what each change replaced"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0011'
down_revision: str | None = '0010'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
ONE = sa.text('1')


def upgrade() -> None:
    """Apply this change."""
    for table in ('event', 'article'):
        op.add_column(table, sa.Column('version', sa.Integer(), server_default=ONE, nullable=False))
    with op.batch_alter_table('event') as event:
        event.alter_column('version', server_default=None)
    with op.batch_alter_table('article') as article:
        article.alter_column('version', server_default=None)
        article.add_column(sa.Column('idempotency_token', sa.Text(), nullable=True))
        article.create_unique_constraint(op.f('uq_article_idempotency_token'), ['idempotency_token'])
    op.create_table('revision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.Enum('campaign', 'detainee', 'article', 'event', name='revisedpart', native_enum=False, length=40), nullable=False),
    sa.Column('object_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('organiser_id', sa.Integer(), nullable=True),
    sa.Column('was', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_revision_campaign_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revision')),
    sa.UniqueConstraint('what', 'object_id', 'number', name=op.f('uq_revision_what_object_id_number'))
    )
    op.create_index(op.f('ix_revision_campaign_id'), 'revision', ['campaign_id'])


def downgrade() -> None:
    """Take this change back."""
    op.drop_table('revision')
    with op.batch_alter_table('article') as article:
        article.drop_constraint(op.f('uq_article_idempotency_token'), type_='unique')
        article.drop_column('idempotency_token')
        article.drop_column('version')
    with op.batch_alter_table('event') as event:
        event.drop_column('version')
