"""Second factors, and what is known of a session."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0008'
down_revision: str | None = '0007'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
OF_SESSIONS = (
    ('last_used_at', sa.DateTime(timezone=True)),
    ('verified_at', sa.DateTime(timezone=True)),
    ('second_factor', sa.Boolean()),
    ('browser', sa.Text()),
    ('system', sa.Text()),
)


def upgrade() -> None:
    """Apply this change."""
    # Nobody knows how they were begun: everybody signs in once more.
    op.execute('DELETE FROM organiser_session')
    with op.batch_alter_table('organiser_session') as batch:
        for name, type_ in OF_SESSIONS:
            batch.add_column(sa.Column(name, type_, nullable=False))
    op.create_table('totp',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organiser_id', sa.Integer(), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.Column('last_step', BIG, nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organiser_id'], ['organiser.id'], name=op.f('fk_totp_organiser_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_totp')),
    sa.UniqueConstraint('organiser_id', name=op.f('uq_totp_organiser_id'))
    )
    op.create_table('passkey',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organiser_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('credential_id', sa.LargeBinary(), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', BIG, nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['organiser_id'], ['organiser.id'], name=op.f('fk_passkey_organiser_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id'))
    )
    op.create_index(op.f('ix_passkey_organiser_id'), 'passkey', ['organiser_id'])
    op.create_table('recovery_code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organiser_id', sa.Integer(), nullable=False),
    sa.Column('mac', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['organiser_id'], ['organiser.id'], name=op.f('fk_recovery_code_organiser_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_code')),
    sa.UniqueConstraint('organiser_id', 'mac', name=op.f('uq_recovery_code_organiser_id_mac'))
    )


def downgrade() -> None:
    """Take this change back."""
    op.drop_table('recovery_code')
    op.drop_table('passkey')
    op.drop_table('totp')
    with op.batch_alter_table('organiser_session') as batch:
        for name, _type in reversed(OF_SESSIONS):
            batch.drop_column(name)
