"""A process that submits until somebody kills it, and says what was acknowledged."""

import sys
from pathlib import Path

from chengmo.app import open_platform
from chengmo.identity.actor import Actor

home, content = sys.argv[1:]
actor = Actor("zhao", frozenset({"developer"}))
with open_platform(home=Path(home), work=False) as platform:
    platform.contests.scorer.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sample = Path(content).read_text(encoding="utf-8")
    for number in range(100_000):
        # The same predictions, another file: an empty line more each time.
        text = sample + "\n" * number
        kept = platform.contests.submit("air-forecast", text.encode(), "a.csv", actor, "python")
        sys.stdout.write(f"{kept.id}\n")
        sys.stdout.flush()
