"""Datasets as resources: what they are, never their rows."""

import mcp_types as types
from anyio import to_thread
from pydantic_core import to_json

from chengmo.catalog.dataset import Dataset
from chengmo.errors import UnknownDataset
from chengmo.identity import Actor
from chengmo.interfaces.mcp.row_tool import PURPOSE
from chengmo.runs.platform import Platform

SCHEME = "chengmo://datasets/"
_JSON = "application/json"
_SHOWN = {
    "id", "version", "title", "description", "steward", "licence", "attribution", "source",
    "synthetic", "keywords", "geometry_type", "row_count", "extent", "time_extent", "columns",
    "created_utc", "edition", "treated",
}  # fmt: skip


TEMPLATES = types.ListResourceTemplatesResult(
    resource_templates=[
        types.ResourceTemplate(
            name="dataset",
            title="数据 Dataset",
            uri_template=f"{SCHEME}{{id}}",
            description="What a dataset is: columns, units, licence, extent, version.\n"
            "一个数据的说明：列、单位、许可、范围、版本。",
            mime_type=_JSON,
        )
    ]
)


async def list_resources(
    platform: Platform, actor: Actor, purpose: str = PURPOSE
) -> types.ListResourcesResult:
    """Return the datasets that `actor` may see for `purpose`."""
    view = platform.sharing.view(actor, purpose, "mcp")
    seen = await to_thread.run_sync(view.datasets)
    return types.ListResourcesResult(resources=[_resource_of(one) for one in seen])


async def read_resource(
    platform: Platform, actor: Actor, uri: str, purpose: str = PURPOSE
) -> types.ReadResourceResult:
    """Return the description of the dataset that `uri` names.

    Raises:
        SharingDenied: If the caller may not see it.
        UnknownDataset: If there is none.
    """
    if not uri.startswith(SCHEME):
        raise UnknownDataset(f"'{uri[:200]}' is no dataset", hint=f"a dataset is {SCHEME}ID")
    view = platform.sharing.view(actor, purpose, "mcp")
    dataset = await to_thread.run_sync(view.dataset, uri.removeprefix(SCHEME))
    text = to_json(dataset.model_dump(mode="json", include=_SHOWN)).decode()
    return types.ReadResourceResult(
        contents=[types.TextResourceContents(uri=uri, mime_type=_JSON, text=text)]
    )


def _resource_of(dataset: Dataset) -> types.Resource:
    described = dataset.description or dataset.title
    return types.Resource(
        name=dataset.id,
        title=f"{dataset.title.zh} {dataset.title.en}",
        uri=f"{SCHEME}{dataset.id}",
        description=f"{described.zh}\n{described.en}",
        mime_type=_JSON,
    )
