"""Keep the time a held update was planned for"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0020'
down_revision: str | None = '0019'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply this change."""
    op.add_column('update', sa.Column('planned_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take this change back."""
    op.drop_column('update', 'planned_at')
