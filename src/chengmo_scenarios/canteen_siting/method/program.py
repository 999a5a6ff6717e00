"""A linear program with whole-number columns, built from arrays and solved by HiGHS.

HiGHS: Huangfu & Hall, Parallelizing the dual revised simplex method, Math. Prog. Comp. 10 (2018).
One thread, a fixed seed and limits on nodes instead of seconds, so that a rerun gives the same
answer.
"""

from dataclasses import dataclass, field

import highspy
import numpy as np
from scipy import sparse

from chengmo_scenarios.canteen_siting.method.problem import Flags, Floats, Ints

# The tolerance of HiGHS for whole numbers and rows is 1e-6: values this near are the same.
TOLERANCE = 1e-6
HALF = 0.5


@dataclass(frozen=True)
class Optimum:
    """What HiGHS found.

    Attributes:
        value: (columns,) the best values, empty where none was found.
        objective: Their objective, NaN where none was found.
        bound: What no solution can be below, proven; +inf where there is no solution at all.
        dual: (rows,) row prices of a purely continuous program, else empty.
        reduced_cost: (columns,) likewise.
        is_optimal: Whether `value` is proven best.
        is_infeasible: Whether it is proven that there is no solution.
    """

    value: Floats
    objective: float
    bound: float
    dual: Floats
    reduced_cost: Floats
    is_optimal: bool
    is_infeasible: bool


@dataclass
class Program:
    """Minimise a linear cost over columns and rows that are added in blocks."""

    cost: list[Floats] = field(default_factory=list[Floats])
    lower: list[Floats] = field(default_factory=list[Floats])
    upper: list[Floats] = field(default_factory=list[Floats])
    whole: list[Ints] = field(default_factory=list[Ints])
    row_lower: list[Floats] = field(default_factory=list[Floats])
    row_upper: list[Floats] = field(default_factory=list[Floats])
    entries: list[tuple[Ints, Ints, Floats]] = field(
        default_factory=list[tuple[Ints, Ints, Floats]]
    )
    n_columns: int = 0
    n_rows: int = 0

    def add_columns(
        self,
        cost: Floats,
        *,
        lower: Floats | float = 0.0,
        upper: Floats | float = np.inf,
        whole: bool = False,
    ) -> Ints:
        """Add a block of columns and return their numbers."""
        size = len(cost)
        self.cost.append(np.asarray(cost, dtype=np.float64))
        self.lower.append(np.broadcast_to(np.asarray(lower, dtype=np.float64), (size,)))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), (size,)))
        self.whole.append(np.full(size, int(whole)))
        self.n_columns += size
        return np.arange(self.n_columns - size, self.n_columns)

    def add_rows(
        self,
        count: int,
        terms: list[tuple[Ints, Ints, Floats | float]],
        *,
        lower: Floats | float = -np.inf,
        upper: Floats | float = np.inf,
    ) -> Ints:
        """Add `count` rows `lower <= sum of terms <= upper` and return their numbers.

        Args:
            count: How many rows.
            terms: Blocks of (row within these, column, coefficient), each a column of numbers.
            lower: One for each row, or one for all.
            upper: Likewise.
        """
        for row, column, value in terms:
            values = np.broadcast_to(np.asarray(value, dtype=np.float64), (len(column),))
            self.entries.append((row + self.n_rows, column, values))
        self.row_lower.append(np.broadcast_to(np.asarray(lower, dtype=np.float64), (count,)))
        self.row_upper.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), (count,)))
        self.n_rows += count
        return np.arange(self.n_rows - count, self.n_rows)

    def add_row(
        self,
        terms: list[tuple[Ints, Floats | float]],
        *,
        lower: float = -np.inf,
        upper: float = np.inf,
    ) -> int:
        """Add one row of (column, coefficient) blocks and return its number."""
        blocks = [(np.zeros(len(column), dtype=np.int64), column, value) for column, value in terms]
        return int(self.add_rows(1, blocks, lower=lower, upper=upper)[0])

    def minimise(  # noqa: PLR0913 - each is one setting of the search
        self,
        *,
        start: Floats | None = None,
        relaxed: bool = False,
        max_nodes: int = 2**31 - 1,
        absolute_gap: float = TOLERANCE,
        relative_gap: float = 0.0,
        first_will_do: bool = False,
        doubt_infeasible: bool = False,
    ) -> Optimum:
        """Solve the program.

        Args:
            start: (columns,) a solution to begin with.
            relaxed: Whether whole-number columns may take any value.
            max_nodes: Where the search stops with what it has.
            absolute_gap: The search stops when less than this remains to be gained.
            relative_gap: Likewise, as a share of the objective.
            first_will_do: Whether to stop at the first solution, best or not.
            doubt_infeasible: Whether to ask again without presolve before a program is called
                infeasible: presolve of HiGHS 1.15 misjudges rows that are met within its tolerance.
        """
        if self.n_columns == 0:
            return self._solve_nothing()
        whole = np.concatenate(self.whole)
        is_whole = bool(whole.any()) and not relaxed
        solver = _open_solver(max_nodes, absolute_gap, relative_gap)
        if first_will_do:
            solver.setOptionValue("mip_max_improving_sols", 1)
        solver.passModel(self._to_model(whole if is_whole else np.zeros_like(whole)))
        if start is not None and is_whole:
            first = highspy.HighsSolution()
            first.col_value = list(start)
            solver.setSolution(first)
        solver.run()
        found = _read_optimum(solver, is_whole=is_whole)
        if found.is_infeasible and doubt_infeasible:
            solver.clearSolver()
            solver.setOptionValue("presolve", "off")
            solver.run()
            found = _read_optimum(solver, is_whole=is_whole)
        return found

    def _solve_nothing(self) -> Optimum:
        lower = np.concatenate([*self.row_lower, np.zeros(0)])
        upper = np.concatenate([*self.row_upper, np.zeros(0)])
        fits = bool((lower <= TOLERANCE).all() and (upper >= -TOLERANCE).all())
        empty = np.zeros(0)
        value = 0.0 if fits else np.inf
        return Optimum(empty, value if fits else np.nan, value, empty, empty, fits, not fits)

    def _to_model(self, whole: Ints) -> highspy.HighsLp:
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.n_columns, self.n_rows
        model.col_cost_ = np.concatenate(self.cost)
        model.col_lower_ = np.concatenate(self.lower)
        model.col_upper_ = np.concatenate(self.upper)
        model.row_lower_ = np.concatenate([*self.row_lower, np.zeros(0)])
        model.row_upper_ = np.concatenate([*self.row_upper, np.zeros(0)])
        matrix = self._to_matrix()
        # The stubs of highspy say lists; arrays are taken and far faster.
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.num_col_, model.a_matrix_.num_row_ = self.n_columns, self.n_rows
        model.a_matrix_.start_ = matrix.indptr  # pyright: ignore[reportAttributeAccessIssue]
        model.a_matrix_.index_ = matrix.indices  # pyright: ignore[reportAttributeAccessIssue]
        model.a_matrix_.value_ = matrix.data  # pyright: ignore[reportAttributeAccessIssue]
        if whole.any():
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            model.integrality_ = [kinds[flag] for flag in whole.tolist()]
        return model

    def _to_matrix(self) -> sparse.csr_matrix:
        none = np.zeros(0, dtype=np.int64)
        row = np.concatenate([*(entry[0] for entry in self.entries), none])
        column = np.concatenate([*(entry[1] for entry in self.entries), none])
        value = np.concatenate([*(entry[2] for entry in self.entries), np.zeros(0)])
        return sparse.csr_matrix((value, (row, column)), shape=(self.n_rows, self.n_columns))


def is_one(value: Floats) -> Flags:
    """Return which 0/1 columns are 1; HiGHS leaves them a tolerance off."""
    return value > HALF


def _open_solver(max_nodes: int, absolute_gap: float, relative_gap: float) -> highspy.Highs:
    solver = highspy.Highs()
    options: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": 1,
        "mip_rel_gap": relative_gap,
        "mip_abs_gap": absolute_gap,
        "mip_max_nodes": max_nodes,
    }
    for name, setting in options.items():
        solver.setOptionValue(name, setting)
    return solver


def _read_optimum(solver: highspy.Highs, *, is_whole: bool) -> Optimum:
    status, info = solver.getModelStatus(), solver.getInfo()
    nothing = (
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
    )
    if status in nothing:
        empty = np.zeros(0)
        return Optimum(empty, np.nan, np.inf, empty, empty, is_optimal=False, is_infeasible=True)
    is_optimal = status == highspy.HighsModelStatus.kOptimal
    has_values = is_optimal or np.isfinite(info.objective_function_value)
    found = solver.getSolution()
    objective = info.objective_function_value if has_values else np.nan
    relaxed_bound = objective if is_optimal else -np.inf
    return Optimum(
        value=np.array(found.col_value) if has_values else np.zeros(0),
        objective=objective,
        bound=info.mip_dual_bound if is_whole else relaxed_bound,
        dual=np.zeros(0) if is_whole else np.array(found.row_dual),
        reduced_cost=np.zeros(0) if is_whole else np.array(found.col_dual),
        is_optimal=is_optimal,
        is_infeasible=False,
    )
