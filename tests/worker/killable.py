"""A worker in a process of its own that sends the tests' notes, for tests to kill."""

import sys
import threading

from campaigns.app import create_app
from campaigns.worker import run_worker
from tests.mail.notes import ADDRESSES

if __name__ == "__main__":
    ADDRESSES.update({f"n{number}": f"n{number}@example.org" for number in range(int(sys.argv[1]))})
    run_worker(create_app(), threading.Event(), jobs=())
