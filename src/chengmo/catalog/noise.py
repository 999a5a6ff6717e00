"""Counts with noise, as a steward states them: what is counted, how far off, what it is good for.

Differential privacy as Dwork, McSherry, Nissim, Smith defined it (2006, Theory of Cryptography:
265-284), for persons who are in the data or not. The noise itself is drawn in `laplace.py`.
"""

import importlib.util
import math
from typing import Literal, Self

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import Field, model_validator

from chengmo.catalog.dataset import COLUMN_NAME_PATTERN, Dataset
from chengmo.errors import InvalidRequest
from chengmo.grid.cover import cover_polygon
from chengmo.grid.key import encode_key, key_bounds
from chengmo.model.decision import Frozen, Text, ValueType

# GeoSOT level 5 is a cell of 16°, 26 one of 1/1024″ of arc times 2: finer is no coarsening.
COARSEST_LEVEL, FINEST_TREATED_LEVEL = 5, 26
MOST_COUNTS = 100_000
Area = tuple[float, float, float, float]
_CATEGORIES: frozenset[ValueType] = frozenset({"text", "integer", "boolean"})
_COUNT_NAMES = frozenset({"count", "cell_level"})
_USUALLY = 0.95


class NoisyCount(Frozen):
    """No rows, but counts with noise: epsilon-differential privacy for persons.

    Counted are the rows in each cell of `area`, or with each of `values`, or both; all of them are
    told, also those that nobody is in, so that which there are tells nothing. To each count comes
    noise of the discrete Laplace distribution (Ghosh, Roughgarden, Sundararajan 2012, SIAM Journal
    on Computing 41: 1673-1693) of scale `most_rows` / `epsilon`: whether one person is in the data
    or not changes the chance of any result by at most exp(`epsilon`). It is drawn once for a
    version and kept, so that asking again tells nothing more and costs nothing.
    """

    do: Literal["noisy-count"] = "noisy-count"
    level: int | None = Field(default=None, ge=COARSEST_LEVEL, le=FINEST_TREATED_LEVEL)
    area: Area | None = Field(
        default=None, description="West, south, east, north: its cells are counted; with `level`"
    )
    by: str | None = Field(default=None, pattern=COLUMN_NAME_PATTERN, description="Of categories")
    values: tuple[str, ...] = Field(
        default=(), max_length=1_000, description="The categories that are counted; with `by`"
    )
    epsilon: float = Field(gt=0, le=10, multiple_of=0.001, description="Of one release")
    budget: float = Field(
        gt=0, le=100, multiple_of=0.001, description="Epsilon that a recipient may have in `days`"
    )
    days: int = Field(default=365, ge=1, le=36_500)
    person: str | None = Field(
        default=None,
        pattern=COLUMN_NAME_PATTERN,
        description="Column that tells persons apart; None: one row is one person",
    )
    most_rows: int = Field(
        default=1, ge=1, le=1_000, description="Rows of one person that are counted, at most"
    )

    @property
    def scale(self) -> float:
        """Scale of the noise: the larger, the more."""
        return self.most_rows / self.epsilon

    @model_validator(mode="after")
    def counts_something_known(self) -> Self:
        """Check that what is counted by is named whole, and that the budget is enough for one."""
        if (self.level is None) != (self.area is None) or (self.by is None) != (not self.values):
            raise ValueError("level goes with area, and by with values")
        if self.level is None and self.by is None:
            raise ValueError("name level and area, or by and values, to count by")
        if self.area is not None and not _is_box(self.area):
            raise ValueError("the area is no box of degrees: west, south, east, north")
        if len(set(self.values)) < len(self.values):
            raise ValueError("a category stands twice in values")
        if self.person is None and self.most_rows != 1:
            raise ValueError("where one row is one person, most_rows is 1")
        if self.budget < self.epsilon:
            raise ValueError("the budget is less than one release")
        return self


def can_draw() -> bool:
    """Tell whether what draws noise is installed."""
    return importlib.util.find_spec("opendp") is not None


def counted_cells(space: NoisyCount) -> NDArray[np.uint64]:
    """Return the cells that are counted, shape (cells,), sorted; none where places do not matter.

    Which they are depends on what the steward stated alone, never on the rows.

    Raises:
        InvalidRequest: If there are more than can be counted.
    """
    if space.area is None or space.level is None:
        return np.zeros(0, np.uint64)
    _check_size(_about(space.area, space.level), space)
    cells = np.unique(cover_polygon(shapely.box(*space.area), level=space.level))
    _check_size(cells.size, space)
    return cells


def check_noise(space: NoisyCount, dataset: Dataset) -> None:
    """Hold counts with noise against the dataset's columns.

    Raises:
        InvalidRequest: If a column does not fit, too much would be counted, or what draws the
            noise is not installed.
    """
    if not can_draw():
        raise InvalidRequest(
            "what draws the noise of differential privacy is not installed",
            hint='pip install "chengmo[dp]", or choose another treatment',
        )
    if space.level is not None and dataset.geometry_type == "none":
        raise InvalidRequest(
            f"the rows of '{dataset.id}' have no place to count by", hint="count by a column"
        )
    if space.by is not None and dataset.stated_column(space.by).type not in _CATEGORIES:
        raise InvalidRequest(
            f"'{space.by}' holds no categories", hint="count by texts, integers or yes and no"
        )
    if space.by in _COUNT_NAMES:
        raise InvalidRequest(f"'{space.by}' is what the counts are called", hint="rename it")
    if space.person is not None:
        dataset.stated_column(space.person)
    counted_cells(space)


def noise_words(space: NoisyCount) -> tuple[Text, ...]:
    """Say what was counted, how far counts are off, what that protects and what it does not."""
    by = " × ".join(
        part for part in (f"GeoSOT {space.level}" if space.level else "", space.by or "") if part
    )
    most, off = space.most_rows, usual_error(space.scale)
    who_zh = f"按 {space.person} 区分个人" if space.person else "一行视为一人"
    who_en = f"persons by {space.person}" if space.person else "one row is one person"
    # A row whose person is not known could be anybody's.
    lost = space.person is not None
    return (
        Text(
            zh=f"按 {by} 计数并加噪声（差分隐私，离散拉普拉斯分布，ε={space.epsilon:g}）；"
            f"{who_zh}，每人至多计 {most} 行；95% 的计数误差不超过 {off}，可能为负，"
            "请勿改为零后再求和",
            en=f"Counts by {by} with noise (differential privacy, discrete Laplace, "
            f"ε={space.epsilon:g}); {who_en}, at most {most} rows of each are counted; 95% of "
            f"counts are off by {off} at most and may be negative: set none to zero before adding",
        ),
        Text(
            zh="保护：任何一人在或不在数据中，都几乎不改变所见结果，即使旁人知道其他所有人",
            en="It protects: whether any one person is in the data hardly changes what is seen, "
            "even for someone who knows about everybody else",
        ),
        Text(
            zh="不保护：群体的情况本身；同一人在多次发布中的累计（各次 ε 相加，"
            f"每一接收方 {space.days} 天内合计至多 {space.budget:g}）；未列出的范围与类别不计"
            + ("，未写明个人的行不计" if lost else ""),
            en="It does not protect: what is true of a group; a person across many releases (their "
            f"ε add up, to {space.budget:g} for a recipient in {space.days} days); nothing outside "
            "the stated area and categories is counted"
            + (", nor rows that name no person" if lost else ""),
        ),
    )


def usual_error(scale: float) -> int:
    """Return the smallest k for which discrete Laplace noise is within ±k 95 times in 100.

    With p = exp(-1/scale): P(|X| > k) = 2 p^(k+1) / (1 + p).
    """
    p = math.exp(-1 / scale)
    least = math.log((1 - _USUALLY) * (1 + p) / 2) / math.log(p) - 1
    return max(0, math.ceil(least - 1e-9))


def _is_box(area: Area) -> bool:
    west, south, east, north = area
    return -180 <= west < east <= 180 and -88 <= south < north <= 88  # noqa: PLR2004 - degrees


def _about(area: Area, level: int) -> int:
    """Return about how many cells an area has, without making them."""
    west, south, east, north = area
    cell = encode_key((west + east) / 2, (south + north) / 2)
    bounds = key_bounds(np.array([cell], np.uint64), level=level)
    left, bottom, right, top = (float(edge[0]) for edge in bounds)
    return int(((east - west) / (right - left)) * ((north - south) / (top - bottom)) / 2)


def _check_size(cells: int, space: NoisyCount) -> None:
    if max(cells, 1) * max(len(space.values), 1) > MOST_COUNTS:
        raise InvalidRequest(
            f"more than {MOST_COUNTS} counts would be made",
            hint="name a smaller area, a coarser level or fewer categories",
        )
