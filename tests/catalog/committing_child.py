"""A process that commits until somebody stops it, and says what was acknowledged."""

import itertools
import json
import pickle
import sys
from pathlib import Path

from chengmo.catalog.catalogue import open_catalog
from chengmo.catalog.dataset import DatasetMetadata
from chengmo.model.decision import Text

home, database, files, name, count = sys.argv[1:]
staged = pickle.loads(Path(files).read_bytes())
sys.stdout.write("ready\n")
sys.stdout.flush()
with open_catalog(Path(home), database or None) as catalog:
    for number in itertools.islice(itertools.count(), int(count) or None):
        each = number % len(staged)
        dataset = catalog.commit(
            staged[each],
            DatasetMetadata(id=f"{name}-{each % 2}", title=Text(zh="测试", en="Test")),
            mode="append" if number % 3 == 2 else "replace",
            idempotency_key=f"{name}-{number}",
        )
        known = [dataset.id, dataset.version, dataset.row_count, f"{name}-{number}", each]
        sys.stdout.write(json.dumps(known) + "\n")
        sys.stdout.flush()
