"""Tells others what has changed, again and again until they have heard or it is too late."""

import threading
import time

from chengmo import ChengmoError
from chengmo_airspace.flights.flight_store import FlightStore, Notice
from chengmo_airspace.flights.peer import PeerFailed, Peers

SCOPE = "utm.strategic_coordination"
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
MOST_ATTEMPTS = 12
_LOOK_S = 1.0
# A USS that answers so has understood, and will not answer otherwise the next time.
_FINAL = frozenset({400, 403, 404, 409})


class Notifier:
    """A thread that works off the notices of a store."""

    def __init__(self, store: FlightStore, peers: Peers) -> None:
        self.store = store
        self.peers = peers
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._work, name="airspace-notices", daemon=True)

    def start(self) -> None:
        """Begin, with what was still owed when the process last ended."""
        self._thread.start()

    def wake(self) -> None:
        """Look now."""
        self._wake.set()

    def stop(self) -> None:
        """End; what is still owed stays on disk."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                for notice in self.store.owed(until_s=time.time()):
                    if self._stop.is_set():
                        return
                    self._deliver(notice)
            except ChengmoError:
                # The database does not answer: whoever asks for a flight is told; here one waits.
                self._stop.wait(LONGEST_WAIT_S / 10)
            self._wake.wait(_LOOK_S)

    def _deliver(self, notice: Notice) -> None:
        try:
            self.peers.tell_uss(notice.address, "/operational_intents", notice.body, scope=SCOPE)
        except PeerFailed as failed:
            if failed.status not in _FINAL and notice.attempts + 1 < MOST_ATTEMPTS:
                wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**notice.attempts)
                self.store.postpone(notice.number, due_s=time.time() + wait_s)
                return
        self.store.delivered(notice.number)
