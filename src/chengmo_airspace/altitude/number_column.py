"""Numbers of a dataset's column, or an error that names what cannot be read.

It lies in the lowest folder, so that all that read a city's rows say the same.
"""

import numpy as np

from chengmo import City, InvalidRequest
from chengmo_airspace.altitude.height import Floats


def number_column(city: City, dataset: str, column: str, *, hint: str = "") -> Floats:
    """Return the numbers of a column, one a row; NaN where a cell is empty.

    Args:
        city: Whose dataset it is.
        dataset: Its identifier.
        column: Its column.
        hint: How to name another one.

    Raises:
        InvalidRequest: If there is no such column, or it holds something else.
    """
    table = city.table(dataset)
    if column not in table.column_names:
        raise InvalidRequest(
            f"dataset '{dataset}' has no column '{column}'", hint=hint or "name one that it has"
        )
    try:
        return np.array(table[column].to_pylist(), np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidRequest(
            f"column '{column}' of dataset '{dataset}' is no column of numbers",
            hint=hint or "name a numeric column",
        ) from error
