"""Give no number again that a purged row had, and tell rows apart by when they were made"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0019'
down_revision: str | None = '0018'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
MADE = ('article', 'update')
IN_DELIVERIES = "SELECT CAST(about_id AS INTEGER) FROM delivery WHERE kind = '{}'"
IN_TRAIL = "SELECT CAST(substr(about, instr(about, ':') + 1) AS INTEGER) FROM audit_entry WHERE about LIKE '{}:%'"
IN_HISTORIES = "SELECT object_id FROM revision WHERE what = '{}'"
# What tells of rows by their numbers, though they may be gone. Not reports: anybody types numbers there.
TELLING: Mapping[str, Sequence[str]] = {
    'article': (IN_TRAIL.format('article'), IN_HISTORIES.format('article')),
    'event': (IN_TRAIL.format('event'), IN_HISTORIES.format('event')),
    'update': (
        IN_TRAIL.format('update'), IN_HISTORIES.format('update'), IN_DELIVERIES.format('update.send')
    ),
    'digest': (IN_DELIVERIES.format('digest.send'),),
    'correction_notice': (IN_DELIVERIES.format('correction.send'),),
    'farewell': (IN_DELIVERIES.format('farewell.send'),),
    'report': (),
}


def upgrade() -> None:
    """Apply this change."""
    for table in MADE:
        op.add_column(table, sa.Column('created_at', sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name != 'sqlite':
        return
    for table, telling in TELLING.items():
        with op.batch_alter_table(
            table, recreate='always', table_kwargs={'sqlite_autoincrement': True}
        ):
            pass
        numbers = ' UNION ALL '.join((f'SELECT max(id) AS number FROM "{table}"', *telling))
        op.execute(f"DELETE FROM sqlite_sequence WHERE name = '{table}'")
        op.execute(
            f"INSERT INTO sqlite_sequence (name, seq) "
            f"SELECT '{table}', coalesce(max(number), 0) FROM ({numbers})"
        )


def downgrade() -> None:
    """Take this change back."""
    if op.get_bind().dialect.name == 'sqlite':
        for table in TELLING:
            # Made anew without the word: no table is copied with it.
            with op.batch_alter_table(table, recreate='always'):
                pass
    for table in MADE:
        op.drop_column(table, 'created_at')
