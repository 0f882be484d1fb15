"""What can be wrong with a case file, and with taking it in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_FAULTS = 500
# Whoever has to mend more needs another tool than this list.


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: where it stands (ref and field), what is wrong and what to do."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class CaseFileError(Exception):
    """The base of this room's errors."""


class CaseFileErrors(CaseFileError):
    """A case file has faults, all of them listed; nothing of it was stored."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class CampaignDiffers(CaseFileError):
    """The campaign exists and is not as the file says, and nobody asked for an update."""

    def __init__(self, slug: str, places: Sequence[str]) -> None:
        named = "; ".join(places[:3]) + ("; …" if len(places) > 3 else "")
        super().__init__(
            f"The campaign {slug} exists and differs from this file ({named}): "
            "give --update to apply the differences."
        )


class ImportedMeanwhile(CaseFileError):
    """Somebody else made a campaign with this slug while the file was read."""


@dataclass(slots=True)
class Faults:
    """The faults found so far."""

    found: list[Fault] = field(default_factory=list)

    def add(self, place: str, what: str) -> None:
        """Note a fault. Raises CaseFileErrors when there are too many to go on."""
        if len(self.found) == MOST_FAULTS:
            self.found.append(
                Fault("case file", f"has more than {MOST_FAULTS} faults: mend these first.")
            )
            raise CaseFileErrors(self.found)
        self.found.append(Fault(place, what))

    def __len__(self) -> int:
        return len(self.found)

    def raise_any(self) -> None:
        """Raise CaseFileErrors if there is a fault."""
        if self.found:
            raise CaseFileErrors(self.found)
