"""One p-median by spopt and HiGHS, in the peers' own environment.

Usage: python spopt_median.py MATRIX.npz P TIME_LIMIT_S; prints one line of JSON.
Imports, reading and the cost matrix are not counted; building the model and solving it are.
"""

import json
import sys
import time

import numpy as np
import pulp
from spopt.locate import PMedian

matrix, n_sites, limit_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
data = np.load(matrix)
began = time.process_time()
solver = pulp.HiGHS(msg=False, threads=1, timeLimit=limit_s, gapRel=0.0)
model = PMedian.from_cost_matrix(data["cost"], data["weight"], p_facilities=n_sites)
model = model.solve(solver, results=False)
cpu_s = time.process_time() - began
inner = model.problem.solverModel
bound = inner.getInfo().mip_dual_bound if inner is not None else None
print(
    json.dumps(
        {
            "cpu_s": cpu_s,
            "objective": pulp.value(model.problem.objective),
            "bound": bound,
            "status": pulp.LpStatus[model.problem.status],
            "solution": pulp.LpSolution[model.problem.sol_status],
        }
    )
)
