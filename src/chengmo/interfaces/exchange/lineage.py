"""Where a dataset came from and what used it, as W3C PROV-JSON.

`PROV-JSON <https://www.w3.org/submissions/prov-json/>`_ holds entities (files, versions of the
dataset, decisions), activities (imports, runs), agents (stewards, those who asked), and how they
hang together.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from chengmo.catalog.dataset import Dataset
from chengmo.ledger import RunRecord

_NAMED = ("version", "file", "import", "decision", "agent")
Prov = dict[str, dict[str, Any]]


def lineage_of(versions: Sequence[Dataset], runs: Sequence[RunRecord], base: str) -> Prov:
    """Return the graph of one dataset.

    Of a treated edition no file and no counts are told: they would tell of rows left out.

    Args:
        versions: Those that the reader may see, oldest first; at least one.
        runs: Those that the reader may see.
        base: The platform's address, without a final slash.
    """
    graph = _Graph()
    for version in versions:
        _tell_version(graph, version)
    dataset = versions[-1].id
    for run in runs:
        _tell_run(graph, dataset, run)
    prefixes = {
        "dataset": f"{base}/collections/",
        "run": f"{base}/jobs/",
        "model": f"{base}/processes/",
        **{
            name: f"urn:chengmo:{name}:"
            for name in ("version", "file", "import", "decision", "agent")
        },
        "chengmo": "urn:chengmo:term:",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
    return {"prefix": prefixes, **graph.parts}


class _Graph:
    """Nodes and edges by kind, edges numbered in the order in which they are told."""

    def __init__(self) -> None:
        self.parts: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self._edges = 0

    def node(self, kind: str, name: str, members: Mapping[str, Any]) -> str:
        """Add a node, or leave it as it is if it is there; return its name."""
        filled = {key: value for key, value in members.items() if value not in (None, "")}
        self.parts[kind].setdefault(name, filled)
        return name

    def edge(self, kind: str, **ends: Any) -> None:
        """Add an edge between named nodes."""
        self._edges += 1
        members = {f"prov:{key}": value for key, value in ends.items() if value is not None}
        self.parts[kind][f"_:e{self._edges}"] = members


def version_name(dataset: str, version: int, edition: str = "") -> str:
    """Return the name of a version, or of its treated edition."""
    return f"version:{dataset}.{version}{f'.{edition[:16]}' if edition else ''}"


def _tell_version(graph: _Graph, version: Dataset) -> None:
    name = graph.node(
        "entity",
        version_name(version.id, version.version, version.edition),
        {
            "prov:label": f"{version.title.zh} / {version.title.en}",
            "prov:type": "chengmo:Edition" if version.edition else "chengmo:DatasetVersion",
            "chengmo:version": version.version,
            "chengmo:change": version.change,
            "chengmo:rows": version.row_count,
            "chengmo:treated": "; ".join(text.en for text in version.treated),
        },
    )
    whole = graph.node("entity", f"dataset:{version.id}", {"prov:label": version.title.zh})
    graph.edge("specializationOf", specificEntity=name, generalEntity=whole)
    if version.steward:
        graph.edge("wasAttributedTo", entity=whole, agent=_agent(graph, version.steward))
    if version.edition:
        return
    if version.previous_version is not None:
        before = version_name(version.id, version.previous_version)
        graph.node("entity", before, {})
        graph.edge("wasDerivedFrom", generatedEntity=name, usedEntity=before, type="prov:Revision")
    if version.change in {"replace", "append"}:
        _tell_import(graph, version, name)


def _tell_import(graph: _Graph, version: Dataset, name: str) -> None:
    lineage = version.lineage
    file = graph.node(
        "entity",
        f"file:{lineage.sha256}",
        {
            "prov:label": lineage.source_name,
            "prov:type": "chengmo:File",
            "chengmo:sha256": lineage.sha256,
            "chengmo:format": lineage.format,
            "chengmo:crs": lineage.crs_received,
        },
    )
    activity = graph.node(
        "activity",
        f"import:{version.id}.{version.version}",
        {
            "prov:type": "chengmo:Import",
            "prov:endTime": lineage.imported_utc,
            "chengmo:conversion": lineage.conversion,
            "chengmo:rowsRead": lineage.rows_read,
            "chengmo:rowsKept": lineage.rows_kept,
            "chengmo:rowsQuarantined": lineage.rows_quarantined or None,
        },
    )
    graph.edge("used", activity=activity, entity=file)
    graph.edge("wasGeneratedBy", entity=name, activity=activity, time=version.created_utc)
    graph.edge("wasDerivedFrom", generatedEntity=name, usedEntity=file, activity=activity)


def _tell_run(graph: _Graph, dataset: str, run: RunRecord) -> None:
    used = run.datasets[dataset]
    name = version_name(dataset, used.version, used.edition)
    graph.node("entity", name, {"chengmo:version": used.version})
    activity = graph.node(
        "activity",
        f"run:{run.run}",
        {
            "prov:type": "chengmo:Run",
            "prov:startTime": run.started_utc,
            "prov:endTime": run.ended_utc,
            "chengmo:model": run.model,
            "chengmo:modelVersion": run.model_version,
            "chengmo:status": run.status,
            "chengmo:outcome": run.outcome,
            "chengmo:purpose": run.purpose,
        },
    )
    graph.edge("used", activity=activity, entity=name, time=run.started_utc)
    asker = _agent(graph, run.actor.id)
    model = graph.node("entity", f"model:{run.model}", {"prov:type": "prov:Plan"})
    graph.edge("wasAssociatedWith", activity=activity, agent=asker, plan=model)
    if run.decision_digest is not None:
        decision = graph.node(
            "entity",
            f"decision:{run.run}",
            {"prov:type": "chengmo:Decision", "chengmo:digest": run.decision_digest},
        )
        graph.edge("wasGeneratedBy", entity=decision, activity=activity, time=run.ended_utc)
        graph.edge("wasDerivedFrom", generatedEntity=decision, usedEntity=name, activity=activity)


def _agent(graph: _Graph, name: str) -> str:
    return graph.node("agent", f"agent:{quote(name, safe='')}", {"prov:label": name})
