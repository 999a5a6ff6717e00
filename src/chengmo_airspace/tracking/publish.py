"""`python -m chengmo_airspace.tracking.publish`: statistics of the log become a dataset.

    python -m chengmo_airspace.tracking.publish /srv/chengmo/tracks --yesterday \
        --areas communities --residents population

The rows are appended to the dataset in the platform's home (`CHENGMO_HOME`) as whoever runs this
on its machine, under its rules and in its audit; the server may go on meanwhile. For a job of every
night: an hour is published once, and the same again changes nothing. See
docs/how-to/watch-the-sky.md.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import chengmo
from chengmo import ChengmoError
from chengmo_airspace.tracking.centre import now_us
from chengmo_airspace.tracking.publishing import Wish, make_statistics, read_wish
from chengmo_airspace.tracking.replay import Replay
from chengmo_airspace.tracking.segment_files import Segments

# China has one time, without summer time.
_LOCAL = timezone(timedelta(hours=8))


def main(arguments: Sequence[str] | None = None) -> int:
    """Publish the hours of a while; return 0, or 2 where that cannot be."""
    options = vars(_parser().parse_args(arguments))
    tracks, home, day = (options.pop(name) for name in ("tracks", "home", "yesterday"))
    asked: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if day:
        asked["from"], asked["to"] = yesterday(now_us())
    try:
        wish = read_wish(asked)
        with chengmo.open(home) as city:
            made = make_statistics(Replay(Segments(tracks)), wish, city.table, now_us=now_us())
            dataset = city.publish(made)
    except ChengmoError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{dataset.id} version {dataset.version}: {dataset.row_count} rows\n")
    return 0


def yesterday(at_us: int) -> tuple[str, str]:
    """Return the hours of the day before a moment, in China's time, as instants.

    Example:
        >>> yesterday(0)
        ('1969-12-30T16:00:00+00:00', '1969-12-31T16:00:00+00:00')
    """
    now = datetime.fromtimestamp(at_us // 1_000_000, _LOCAL)
    end = now.replace(hour=0, minute=0, second=0).astimezone(UTC)
    return (end - timedelta(days=1)).isoformat(), end.isoformat()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m chengmo_airspace.tracking.publish",
        description="Make statistics of flights a dataset. 将飞行统计发布为数据集。",
    )
    parser.add_argument("tracks", type=Path, help="folder of the log")
    parser.add_argument("--home", type=Path, help="of the platform; without, CHENGMO_HOME")
    parser.add_argument("--yesterday", action="store_true", help="the day before, China's time")
    for name, field in Wish.model_fields.items():
        option = (field.alias or name).replace("_", "-")
        help_ = f"{field.description or ''} ({field.default})" if not field.is_required() else None
        parser.add_argument(
            f"--{option}", dest=field.alias or name, help=help_ or field.description
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
