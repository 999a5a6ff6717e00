"""How good predictions are: each measure by its published definition, summed without rounding.

Sums are made by `math.fsum`, so that a score depends neither on the order of the rows nor on the
machine. Whoever changes a number here raises `SCORING_VERSION`: each score is kept with it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chengmo.model.text import Text

SCORING_VERSION = "1"
MetricName = Literal[
    "mae", "rmse", "mape", "smape", "r2", "log-loss", "brier", "accuracy", "f1", "macro-f1"
]
Domain = Literal["number", "probability", "label"]
Numbers = NDArray[np.float64]
_Compute = Callable[[Numbers, Numbers], float]

_LARGEST = 1e12
# Probabilities of 0 and 1 would cost infinitely much: they are moved in by so much.
_CLIP = 1e-15


@dataclass(frozen=True)
class Metric:
    """One measure.

    Attributes:
        compute: Score of (targets, predictions), each of shape (rows,).
        is_loss: Whether less is better.
        domain: What a prediction is.
        title: Its name.
    """

    compute: _Compute
    is_loss: bool
    domain: Domain
    title: Text

    def loss(self, score: float) -> float:
        """Return the score as a number of which less is better; its own inverse."""
        return score if self.is_loss else -score


def mean_absolute_error(target: Numbers, predicted: Numbers) -> float:
    """Return sum |y - p| / n."""
    return math.fsum(np.abs(target - predicted)) / target.size


def root_mean_squared_error(target: Numbers, predicted: Numbers) -> float:
    """Return the root of sum (y - p)^2 / n."""
    return math.sqrt(math.fsum((target - predicted) ** 2) / target.size)


def mean_absolute_percentage_error(target: Numbers, predicted: Numbers) -> float:
    """Return 100 / n * sum |y - p| / |y|; no target may be 0."""
    return 100.0 * math.fsum(np.abs((target - predicted) / target)) / target.size


def symmetric_mape(target: Numbers, predicted: Numbers) -> float:
    """Return 200 / n * sum |y - p| / (|y| + |p|), a row of 0 and 0 counting nothing.

    As in the M4 competition (Makridakis, Spiliotis, Assimakopoulos 2020, Int. J. Forecasting 36).
    """
    both = np.abs(target) + np.abs(predicted)
    share = np.divide(np.abs(target - predicted), both, out=np.zeros_like(both), where=both > 0)
    return 200.0 * math.fsum(share) / target.size


def coefficient_of_determination(target: Numbers, predicted: Numbers) -> float:
    """Return 1 - sum (y - p)^2 / sum (y - mean y)^2, the mean being of the rows scored."""
    return 1.0 - math.fsum((target - predicted) ** 2) / _squares_about_mean(target)


def _squares_about_mean(target: Numbers) -> float:
    return math.fsum((target - math.fsum(target) / target.size) ** 2)


def log_loss(target: Numbers, predicted: Numbers) -> float:
    """Return -1/n * sum (y ln p + (1 - y) ln(1 - p)), p kept 1e-15 away from 0 and 1."""
    inside = np.clip(predicted, _CLIP, 1.0 - _CLIP)
    return -math.fsum(np.where(target == 1.0, np.log(inside), np.log1p(-inside))) / target.size


def brier_score(target: Numbers, predicted: Numbers) -> float:
    """Return sum (y - p)^2 / n of probabilities of the label 1 (Brier 1950)."""
    return math.fsum((target - predicted) ** 2) / target.size


def accuracy(target: Numbers, predicted: Numbers) -> float:
    """Return the share of rows whose label is right."""
    return int((target == predicted).sum()) / target.size


def f1_of_label(target: Numbers, predicted: Numbers, label: float = 1.0) -> float:
    """Return 2 TP / (2 TP + FP + FN) of one label; 0 where the label is nowhere.

    The harmonic mean of precision and recall (van Rijsbergen 1979, chapter 7).
    """
    right = int(((target == label) & (predicted == label)).sum())
    named = int((target == label).sum()) + int((predicted == label).sum())
    return 2 * right / named if named else 0.0


def macro_f1(target: Numbers, predicted: Numbers) -> float:
    """Return the plain mean of F1 over the labels that the targets or the predictions have."""
    labels = np.union1d(target, predicted)
    return math.fsum(f1_of_label(target, predicted, label) for label in labels) / labels.size


def _metric(compute: _Compute, domain: Domain, zh: str, en: str, *, is_loss: bool = True) -> Metric:
    return Metric(compute, is_loss, domain, Text(zh=zh, en=en))


METRICS: Mapping[MetricName, Metric] = MappingProxyType(
    {
        "mae": _metric(mean_absolute_error, "number", "平均绝对误差", "Mean absolute error"),
        "rmse": _metric(root_mean_squared_error, "number", "均方根误差", "Root mean squared error"),
        "mape": _metric(
            mean_absolute_percentage_error,
            "number",
            "平均绝对百分比误差（%）",
            "Mean absolute percentage error, %",
        ),
        "smape": _metric(
            symmetric_mape, "number", "对称平均绝对百分比误差（%）", "Symmetric MAPE, %"
        ),
        "r2": _metric(
            coefficient_of_determination,
            "number",
            "决定系数 R²",
            "Coefficient of determination R²",
            is_loss=False,
        ),
        "log-loss": _metric(log_loss, "probability", "对数损失", "Logarithmic loss"),
        "brier": _metric(brier_score, "probability", "Brier 评分", "Brier score"),
        "accuracy": _metric(accuracy, "label", "准确率", "Accuracy", is_loss=False),
        "f1": _metric(f1_of_label, "label", "F1（类别 1）", "F1 of label 1", is_loss=False),
        "macro-f1": _metric(macro_f1, "label", "宏平均 F1", "Macro F1", is_loss=False),
    }
)


def is_usable(predicted: Numbers, domain: Domain) -> NDArray[np.bool_]:
    """Tell which predictions can be scored; shape (rows,).

    A pure function of the predictions: it never sees a target.
    """
    finite = np.isfinite(predicted)
    known = np.where(finite, predicted, 0.0)
    if domain == "probability":
        return finite & (known >= 0) & (known <= 1)
    fits = finite & (np.abs(known) <= _LARGEST)
    return fits & (known == np.rint(known)) if domain == "label" else fits


def unfit_targets(name: MetricName, target: Numbers) -> Text | None:
    """Say why these targets cannot be scored by a measure, or None."""
    domain = METRICS[name].domain
    if not is_usable(target, "number").all():
        return Text(zh="目标列有空值或非数值", en="the target column has rows without a number")
    reasons = (
        (
            domain == "probability" and not np.isin(target, (0.0, 1.0)).all(),
            Text(zh="目标列须为 0 或 1", en="the target column must be 0 or 1"),
        ),
        (
            domain == "label" and not is_usable(target, "label").all(),
            Text(zh="目标列须为整数类别", en="the target column must hold whole numbers"),
        ),
        (
            name == "mape" and bool((target == 0).any()),
            Text(zh="目标列有 0，不能用 MAPE", en="MAPE cannot be told of targets of 0"),
        ),
        (
            name == "r2" and _squares_about_mean(target) == 0,
            Text(zh="目标列处处相同，不能用 R²", en="R² cannot be told of targets all alike"),
        ),
    )
    return next((reason for holds, reason in reasons if holds), None)
