"""Go through the subscribers of a campaign without sorting all of them for each chunk"""

from collections.abc import Sequence

from alembic import op

revision: str = '0018'
down_revision: str | None = '0017'
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply this change."""
    op.create_index('ix_subscription_audience', 'subscription', ['campaign_id', 'state', 'id'])


def downgrade() -> None:
    """Take this change back."""
    op.drop_index('ix_subscription_audience', 'subscription')
