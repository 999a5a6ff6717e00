"""What a process prints, kept within a size: the beginning and the end."""


class Capture:
    """Keeps the first and the last bytes of a stream and counts those between."""

    def __init__(self, *, head_bytes: int = 65536, tail_bytes: int = 65536) -> None:
        self._head_bytes = head_bytes
        self._tail_bytes = tail_bytes
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        room = self._head_bytes - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        # Twice the size before cutting: otherwise each small write would move the whole tail.
        if len(self._tail) > 2 * self._tail_bytes:
            self._cut()

    def _cut(self) -> None:
        excess = max(0, len(self._tail) - self._tail_bytes)
        self._dropped += excess
        del self._tail[:excess]

    def text(self) -> str:
        """Return what was kept, saying how much was not."""
        self._cut()
        gap = f"\n... {self._dropped} bytes not kept ...\n" if self._dropped else ""
        head, tail = (part.decode(errors="replace") for part in (self._head, self._tail))
        return head + gap + tail
