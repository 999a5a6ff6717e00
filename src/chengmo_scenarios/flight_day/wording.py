"""The words of the answers, in both languages."""

from datetime import UTC, datetime, timedelta, timezone

from chengmo import Text
from chengmo_scenarios.flight_day.closing import CLOSED, Closed
from chengmo_scenarios.flight_day.flying import FLIGHT, LEFT, RIGHT, ROUND, Course
from chengmo_scenarios.flight_day.planning import Outcome

STATUS_LABELS: dict[str, Text] = {
    "accepted": Text(zh="按申请", en="as asked"),
    "delayed": Text(zh="改时间", en="delayed"),
    "level": Text(zh="换高度", en="other level"),
    "rerouted": Text(zh="改航线", en="rerouted"),
    "refused": Text(zh="不能安排", en="refused"),
}
CLOSED_LABELS: dict[str, Text] = {
    "zone": Text(zh="空域", en="zone"),
    "ceiling": Text(zh="真高上限", en="ceiling"),
    "closure": Text(zh="临时关闭", en="closure"),
}
_ROUTE = {
    LEFT: Text(zh="左侧平行航线", en="parallel path to the left"),
    RIGHT: Text(zh="右侧平行航线", en="parallel path to the right"),
    ROUND: Text(zh="绕开关闭空域", en="round what is closed"),
}
CHINA = timezone(timedelta(hours=8))
MOST_NAMED = 4


def both(text: Text) -> str:
    """Return a text in both languages for a table's cell."""
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"


def say_clock(moment: datetime) -> str:
    """Return a time in China's time."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def iso(moment: datetime) -> str:
    """Return a time in UTC as the map's slider reads it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def say_change(outcome: Outcome) -> Text:
    """Return what is changed, in words."""
    if outcome.status == "refused":
        return Text(zh="在允许的范围内没有空位", en="no place within its leeway")
    zh, en = list[str](), list[str]()
    if outcome.delay_s:
        minutes = f"{abs(outcome.delay_min):.1f}"
        zh.append(f"{'推迟' if outcome.delay_s > 0 else '提前'}{minutes}分钟")
        en.append(f"{minutes} min {'later' if outcome.delay_s > 0 else 'earlier'}")
    course = say_course(outcome.course)
    if course.zh:
        zh.append(course.zh)
        en.append(course.en)
    return Text(zh="，".join(zh) or "不变", en=", ".join(en) or "as asked")


def say_course(course: Course) -> Text:
    """Return how a course differs from the one asked for; empty where it does not."""
    zh, en = list[str](), list[str]()
    if course.lift_m:
        metres = f"{abs(course.lift_m):g}"
        zh.append(f"{'升高' if course.lift_m > 0 else '降低'}{metres}米")
        en.append(f"{metres} m {'higher' if course.lift_m > 0 else 'lower'}")
    if course.route in _ROUTE:
        said = _ROUTE[course.route]
        zh.append(f"{said.zh}（长{max(0.0, course.extra_m):.0f}米）")
        en.append(f"{said.en} ({max(0.0, course.extra_m):.0f} m longer)")
    return Text(zh="，".join(zh), en=", ".join(en))


def say_blockers(names: tuple[str, ...], titles: dict[str, Text]) -> Text:
    """Return whom or what a flight would meet as asked: zones first, the rest counted."""
    zones = [titles[name.removeprefix(CLOSED)] for name in names if name.startswith(CLOSED)]
    flights = [name.removeprefix(FLIGHT) for name in names if name.startswith(FLIGHT)]
    shown = [*zones, *(Text(zh=name, en=name) for name in flights)]
    rest = len(shown) - MOST_NAMED
    zh = "、".join(text.zh for text in shown[:MOST_NAMED])
    en = ", ".join(text.en for text in shown[:MOST_NAMED])
    if rest > 0:
        zh, en = f"{zh}等另{rest}个", f"{en} and {rest} more"
    return Text(zh=zh, en=en)


def titles_of(closed: list[Closed]) -> dict[str, Text]:
    """Return what closed parts are called, by key."""
    return {part.key: part.title for part in closed}
