"""The demo campaigns, as case files like any other."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).parent
# The last is the first that visitors see.
NAMES = ("rawal-asad.json", "seven-of-karachi.json", "example-campaign.json")
ZONE = ZoneInfo("Asia/Karachi")
_DAYS_FROM_TODAY = re.compile(r"\{([+-][0-9]+)\}")


def demo_case_files(now: datetime) -> list[str]:
    """Return the demo campaigns as the text of case files, in the order to import them.

    Where the invented one has "{-6}" or "{+7}", the day so far from today is put in its place.
    """
    today = now.astimezone(ZONE).date()

    def day(match: re.Match[str]) -> str:
        return (today + timedelta(days=int(match[1]))).isoformat()

    return [
        _DAYS_FROM_TODAY.sub(day, (FOLDER / name).read_text(encoding="utf-8")) for name in NAMES
    ]
