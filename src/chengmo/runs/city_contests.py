"""The contests that a city pack brings: opened once, with their baselines on the board."""

from chengmo.contests.pack import enter_baselines, is_open, open_pack, read_contest
from chengmo.identity import LOCAL_ADMINISTRATOR
from chengmo.model.jail.walls import missing_walls
from chengmo.runs.city_pack import find_city
from chengmo.runs.platform import Platform


def open_city_contests(platform: Platform, name: str) -> tuple[str, ...]:
    """Open the contests of city `name` that are not there yet, and let their baselines take part.

    A contest whose deadline has passed is left out. Where this machine cannot jail packages, the
    baselines do not take part. What they bring is scored by whoever scores on this platform.

    Returns:
        Ids of the contests that were opened.

    Raises:
        ChengmoError: As `find_city`, `open_pack`, `enter_baselines`.
    """
    contests, opened = platform.contests, list[str]()
    for path in find_city(name).contests:
        stated = read_contest(path).contest
        if is_open(contests, stated.id) or stated.phase(contests.now()) == "closed":
            continue
        open_pack(contests, platform.sharing, path, LOCAL_ADMINISTRATOR, "cli")
        if not missing_walls():
            enter_baselines(contests, path, "cli")
        opened.append(stated.id)
    return tuple(opened)
