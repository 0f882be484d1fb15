"""Workers in processes of their own that send the tests' notes, for tests to kill.

`python -m tests.worker.killable MAILS BATCH` starts one for each line on its standard input, at
once, and prints its process id. None outlives it.
"""

import os
import signal
import sys
import threading
from contextlib import suppress

from campaigns.app import create_app
from campaigns.mail import delivery
from campaigns.worker import run_worker
from tests.mail.notes import ADDRESSES


def main(mails: int, batch: int) -> None:
    """Start workers until standard input ends."""
    ADDRESSES.update({f"n{number}": f"n{number}@example.org" for number in range(mails)})
    delivery.LARGEST_BATCH = batch
    app = create_app()
    # Whoever is killed is gone at once, and not waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    workers: list[int] = []
    for _line in sys.stdin:
        worker = os.fork()
        if worker == 0:
            run_worker(app, threading.Event(), jobs=())
        workers.append(worker)
        sys.stdout.write(f"{worker}\n")
        sys.stdout.flush()
    for worker in workers:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
