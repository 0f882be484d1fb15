"""What an organiser may do in a campaign."""

from enum import StrEnum


class Role(StrEnum):
    """A role in one campaign. Each may do all that those before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"

    def includes(self, needed: "Role") -> bool:
        """Whether somebody with this role may do what `needed` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)
