"""Record goals reached, count by country, and hold signatures that came in a flood"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision: str = '0005'
down_revision: str | None = '0004'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

CONFIRMED_ONLY = sa.text("state = 'confirmed'")
HELD_ONLY = sa.text("state = 'held'")
WITH_COMMENT = sa.text("comment IS NOT NULL")
PENDING_FOR = timedelta(days=7)


def upgrade() -> None:
    """Apply this change."""
    op.create_table('goal_reached',
    sa.Column('petition_id', sa.Integer(), nullable=False),
    sa.Column('goal', sa.Integer(), nullable=False),
    sa.Column('reached_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['petition_id'], ['petition.id'], name=op.f('fk_goal_reached_petition_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('petition_id', 'goal', name=op.f('pk_goal_reached'))
    )
    op.create_table('country_tally',
    sa.Column('petition_id', sa.Integer(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['petition_id'], ['petition.id'], name=op.f('fk_country_tally_petition_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('petition_id', 'country', name=op.f('pk_country_tally'))
    )
    op.add_column('tally', sa.Column('goal_due', sa.Integer(), nullable=True))
    op.add_column('tally', sa.Column('countries_of', sa.Integer(), server_default='0', nullable=False))
    op.add_column('signature', sa.Column('held', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index('ix_signature_confirmed', 'signature', ['petition_id', 'state', 'confirmed_on', 'country'], sqlite_where=CONFIRMED_ONLY, postgresql_where=CONFIRMED_ONLY)
    op.create_index('ix_signature_held', 'signature', ['petition_id', 'state', 'confirmed_on'], sqlite_where=HELD_ONLY, postgresql_where=HELD_ONLY)
    op.create_index('ix_public_signer_shown', 'public_signer', ['petition_id', 'shown_since'])
    op.create_index('ix_public_signer_waiting', 'public_signer', ['petition_id', 'comment_approved', 'shown_since'], sqlite_where=WITH_COMMENT, postgresql_where=WITH_COMMENT)
    _record_goals()


def downgrade() -> None:
    """Take this change back."""
    # Nobody knows of held signatures any more: their owners can confirm them for a week.
    signature = sa.table('signature', sa.column('state'), sa.column('confirmed_on', sa.Date()), sa.column('expires_at', sa.DateTime(timezone=True)))
    op.execute(
        signature.update()
        .where(signature.c.state == 'held')
        .values(state='pending', confirmed_on=None, expires_at=datetime.now(UTC) + PENDING_FOR)
    )
    op.drop_index('ix_public_signer_waiting', 'public_signer')
    op.drop_index('ix_public_signer_shown', 'public_signer')
    op.drop_index('ix_signature_held', 'signature')
    op.drop_index('ix_signature_confirmed', 'signature')
    op.drop_column('signature', 'held')
    op.drop_column('tally', 'countries_of')
    op.drop_column('tally', 'goal_due')
    op.drop_table('country_tally')
    op.drop_table('goal_reached')


def _record_goals() -> None:
    """Record today what was reached before, and when the next goal is due."""
    petition = sa.table('petition', sa.column('id'), sa.column('goals', sa.JSON()))
    tally = sa.table('tally', sa.column('petition_id'), sa.column('online'), sa.column('goal_due'))
    batch = sa.table('paper_batch', sa.column('petition_id'), sa.column('count'))
    reached = sa.table('goal_reached', sa.column('petition_id'), sa.column('goal'), sa.column('reached_on', sa.Date()))
    paper = sa.select(sa.func.coalesce(sa.func.sum(batch.c.count), 0)).where(batch.c.petition_id == petition.c.id).scalar_subquery()
    connection, today = op.get_bind(), datetime.now(UTC).date()
    rows = connection.execute(
        sa.select(petition.c.id, petition.c.goals, tally.c.online, paper)
        .join(tally, tally.c.petition_id == petition.c.id)
    ).all()
    for petition_id, goals, online, on_paper in rows:
        for goal in goals:
            if goal <= online + on_paper:
                connection.execute(reached.insert().values(petition_id=petition_id, goal=goal, reached_on=today))
        ahead = min((goal - on_paper for goal in goals if goal > online + on_paper), default=None)
        connection.execute(tally.update().where(tally.c.petition_id == petition_id).values(goal_due=ahead))
