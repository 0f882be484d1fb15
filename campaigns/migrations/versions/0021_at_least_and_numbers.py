"""Let a handover have been of at least so many, and give no number of a campaign or detainee again"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0021'
down_revision: str | None = '0020'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
# What tells of rows by their numbers, though they may be gone.
TELLING: Mapping[str, Sequence[str]] = {
    'campaign': (
        'SELECT campaign_id FROM audit_entry', 'SELECT campaign_id FROM delivery'
    ),
    'detainee': (
        "SELECT CAST(substr(about, instr(about, ':') + 1) AS INTEGER) FROM audit_entry "
        "WHERE about LIKE 'detainee:%'",
    ),
}


def upgrade() -> None:
    """Apply this change."""
    op.add_column('event', sa.Column('handover_at_least', sa.Boolean(), server_default=sa.false(), nullable=False))
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
            with op.batch_alter_table(table, recreate='always'):
                pass
    op.drop_column('event', 'handover_at_least')
