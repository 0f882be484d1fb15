"""From when somebody counts as a second person by a role."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0015'
down_revision: str | None = '0014'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply this change."""
    op.add_column('campaign_role', sa.Column('second_from', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take this change back."""
    op.drop_column('campaign_role', 'second_from')
