"""Let a handover have been of at least so many"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0022'
down_revision: str | None = '0020'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply this change."""
    op.add_column('event', sa.Column('handover_at_least', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Take this change back."""
    op.drop_column('event', 'handover_at_least')
