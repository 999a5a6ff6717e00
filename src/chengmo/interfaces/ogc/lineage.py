"""The lineage of a dataset: what it was made from, and which decisions used it."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from pydantic_core import to_json

from chengmo.interfaces.exchange.lineage import lineage_of
from chengmo.interfaces.markup import Child, anchor, tag
from chengmo.interfaces.ogc.access import permitted_dataset
from chengmo.interfaces.ogc.endpoint import Answer, Call, Endpoint, PageQuery, Reply
from chengmo.interfaces.ogc.page import link, page, table
from chengmo.model import Text

Json = Mapping[str, Any]
_TITLE = Text(zh="来历与用途", en="Where it came from, what used it")
_FILES = Text(zh="文件 → 版本", en="Files → versions")
_RUNS = Text(zh="版本 → 运行 → 决策", en="Versions → runs → decisions")
_NO_RUNS = Text(zh="您可见的运行都没有用过它。", en="None of the runs that you may see used it.")
_HEADINGS_OF_FILES = (
    Text(zh="文件", en="File"),
    Text(zh="SHA-256", en="SHA-256"),
    Text(zh="导入时间", en="Imported"),
    Text(zh="版本", en="Version"),
    Text(zh="行数", en="Rows"),
)
_HEADINGS_OF_RUNS = (
    Text(zh="版本", en="Version"),
    Text(zh="运行", en="Run"),
    Text(zh="模型", en="Model"),
    Text(zh="用途", en="Purpose"),
    Text(zh="结束时间", en="Ended"),
    Text(zh="结论", en="Outcome"),
)


class LineageQuery(PageQuery):
    """Parameters of a dataset's lineage."""

    limit: int = Field(default=100, ge=1, le=1000, description="Runs at most, the last ones")


def answer_lineage(call: Call[LineageQuery]) -> Reply:
    """Return the lineage as PROV-JSON: versions and runs that the caller may see."""
    dataset = permitted_dataset(call)
    call.view.write_down("lineage", dataset)
    versions = call.view.versions(dataset.id)
    runs = call.runs.using(dataset.id, limit=call.query.limit)
    return Reply(to_json(lineage_of(versions, runs, call.base)))


def lineage_page(call: Call[Any], document: Json) -> bytes:
    """Return the lineage as two lists: what versions came of, and what came of them."""
    entities, activities = document["entity"], document.get("activity", {})
    made = {
        edge["prov:entity"]: edge["prov:activity"]
        for edge in document.get("wasGeneratedBy", {}).values()
    }
    files = {
        edge["prov:activity"]: edge["prov:entity"]
        for edge in document.get("used", {}).values()
        if edge["prov:entity"].startswith("file:")
    }
    return page(
        call,
        f"{call.path['collectionId']} · {call.say(_TITLE)}",
        tag("h2", call.say(_FILES)),
        table(
            [call.say(heading) or "" for heading in _HEADINGS_OF_FILES],
            [
                _version_row(entities, activities, files, (name, made.get(name, "")))
                for name in entities
                if "chengmo:change" in entities[name]
            ],
        ),
        tag("h2", call.say(_RUNS)),
        _runs_table(call, document),
    )


def _version_row(
    entities: Json, activities: Json, files: Json, version: tuple[str, str]
) -> list[Child]:
    name, activity = version
    file = entities.get(files.get(activity, ""), {})
    when = activities.get(activity, {}).get("prov:endTime")
    told = entities[name]
    change = f"{told['chengmo:version']} ({told['chengmo:change']})"
    rows = told["chengmo:rows"]
    return [file.get("prov:label"), file.get("chengmo:sha256", "")[:16], when, change, rows]


def _runs_table(call: Call[Any], document: Json) -> Child:
    rows: list[list[Child]] = []
    for edge in document.get("used", {}).values():
        run = document["activity"][edge["prov:activity"]]
        if run["prov:type"] != "chengmo:Run":
            continue
        model = run["chengmo:model"]
        number = edge["prov:activity"].removeprefix("run:")
        rows.append(
            [
                document["entity"][edge["prov:entity"]].get("chengmo:version"),
                anchor(link(call, f"/jobs/{number}?f=html"), number),
                anchor(link(call, f"/processes/{model}?f=html"), model),
                run.get("chengmo:purpose"),
                run.get("prov:endTime"),
                run.get("chengmo:outcome") or run["chengmo:status"],
            ]
        )
    if not rows:
        return tag("p", call.say(_NO_RUNS), class_="quiet")
    return table([call.say(heading) or "" for heading in _HEADINGS_OF_RUNS], rows)


ENDPOINTS: tuple[Endpoint[Any], ...] = (
    Endpoint(
        "GET",
        "/collections/{collectionId}/lineage",
        "getLineage",
        "Records",
        "Where a dataset came from and which runs used it, as PROV-JSON",
        LineageQuery,
        answer_lineage,
        (Answer(200, "The graph", {"type": "object", "required": ["prefix", "entity"]}),),
    ),
)
