"""What it costs that names and addresses are sealed before they are stored."""

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import count

from campaigns.petitions.sealed import SealedSignature, open_address, seal_signature
from campaigns.vault.keyring import current_keyring, mailer_keys
from tests.bench.installation import Installation, build_campaign
from tests.bench.rows import NONE, Pace, Row

TIMES, GLANCES = 1_000, 100
SLUG = "sealed"


def seal_rows(site: Installation, pace: Pace) -> Iterator[Row]:
    """Sealing and opening against a whole signing, all in this process, one after another."""
    build_campaign(site, SLUG, 0)
    times = GLANCES if pace.quick else TIMES
    with site.app.app_context():
        sealing = _microseconds(lambda: _seal(1), times)
        sealed, keys = _seal(1), mailer_keys()
        opening = _microseconds(lambda: open_address(sealed.address, keys, 1, sealed.id), times)
    signing = _microseconds(_signing(site), times)
    whole = f"{signing:,.0f} a signing"
    yield _row("sealing a signature, µs of processor", sealing, signing, whole)
    yield _row("opening an envelope, µs of processor", opening, signing, whole)


def _seal(campaign_id: int) -> SealedSignature:
    return seal_signature(
        current_keyring(),
        campaign_id,
        email="amal@example.org",
        locale="en",
        name="Amal Signer",
        comment="",
        show_name=False,
    )


def _signing(site: Installation) -> Callable[[], None]:
    client, number = site.app.test_client(), count()
    base_url = str(site.settings.base_url)

    def sign() -> None:
        data = {"name": "Amal Signer", "email": f"n{next(number)}@example.org"}
        answer = client.post(f"/campaigns/{SLUG}/sign", data=data, base_url=base_url)
        if answer.status_code != 303:
            raise RuntimeError(f"A signing was answered {answer.status_code}.")

    return sign


def _microseconds(work: Callable[[], object], times: int) -> float:
    """The median of the processor's time: waiting for the disk, as a signing does, is none."""
    taken = []
    for _ in range(times):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return statistics.median(taken) * 1_000_000


def _row(what: str, figure: float, base: float, baseline: str) -> Row:
    # No budget of its own: it is a part of what signing may cost.
    return Row(what, f"{figure:,.0f}", baseline, f"{figure / base:.1%}", NONE, 1)
