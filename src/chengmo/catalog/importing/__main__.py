"""The process that reads a file: limited before it looks, it answers in lines of JSON.

Started by `sandbox`, never by hand. One request stands on the standard input; each line of the
standard output is a `{"progress": …}`, and the last one a `{"preview": …}`, `{"staged": …}` or
`{"error": …}`.
"""

import json
import os
import resource
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path


class _NoPandas(MetaPathFinder):
    """Arrow would load pandas for its type checks, half a second for nothing: keep it out."""

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


sys.meta_path.insert(0, _NoPandas())
# The limits come first: the imports below and all of the reading run under them.
_REQUEST = json.loads(sys.stdin.readline())
for _name, _value in _REQUEST["limits_os"].items():
    resource.setrlimit(getattr(resource, _name), tuple(_value))

from chengmo.catalog.importing.answer import answer  # noqa: E402 - imported under the limits

if __name__ == "__main__":
    sys.exit(answer(_REQUEST, os.fdopen(os.dup(1), "w", encoding="utf-8"), Path(sys.argv[1])))
