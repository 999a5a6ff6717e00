"""What a person may begin with: a prompt for each model, one to look at a dataset; and completion.

A prompt puts into words how a question of the city is asked well: what must be known before, and
what has to be told along with the answer. It holds no data.
"""

import mcp_types as types
from anyio import to_thread

from chengmo.errors import InvalidRequest, UnknownModel
from chengmo.identity import Actor
from chengmo.interfaces.mcp.dataset_resource import SCHEME
from chengmo.interfaces.mcp.row_tool import PURPOSE
from chengmo.model import VerticalModel
from chengmo.model.description import describe
from chengmo.runs.platform import Platform

LOOK_AT_DATA = types.Prompt(
    name="look-at-data",
    title="看一个数据 Look at a dataset",
    description="What a dataset holds, how good it is and what it can answer.\n"
    "一个数据有什么、质量如何、能回答什么。",
    arguments=[
        types.PromptArgument(name="dataset", description="Id of a dataset 数据编号", required=True)
    ],
)
_MOST_COMPLETED = 100
_KNOWN = "known"
_DECIDING = """\
The question: {question}
{settled}Answer it with the tool `{tool}`. It must be told: {needed}; the rest
has defaults. It reads: {reads}.
Before you call it, name the settings that matter most with their defaults and units, and ask what
is not settled. Then give the answer in one sentence, its quality and its caveats, say which data
are synthetic or treated, and end with the run's id, by which anyone can repeat it.
Answer in the language of the question."""
_LOOKING = """\
Read the resource {uri}, then a few of its rows with `read_rows`.
Say in three sentences what it holds, where and when; then list its columns with units and meaning,
what speaks against relying on it (age, synthetic or treated rows, gaps), its licence, and which of
the tools use it."""


def list_prompts(platform: Platform) -> types.ListPromptsResult:
    """Return a prompt for each model, and the one for datasets."""
    models = [_prompt_of(platform.models[name]) for name in sorted(platform.models)]
    return types.ListPromptsResult(prompts=[LOOK_AT_DATA, *models])


def get_prompt(
    platform: Platform, name: str, arguments: dict[str, str] | None
) -> types.GetPromptResult:
    """Return the words of a prompt.

    Raises:
        InvalidRequest: If an argument that it needs is missing, or it has none of that name.
        UnknownModel: If there is no such prompt.
    """
    given = arguments or {}
    if name == LOOK_AT_DATA.name:
        _check(given, {"dataset"})
        if not given.get("dataset"):
            raise InvalidRequest("'dataset' is missing", hint="name a dataset by its id")
        text = _LOOKING.format(uri=f"{SCHEME}{given['dataset'][:200]}")
        return _said(LOOK_AT_DATA.description, text)
    model = platform.models.get(name)
    if model is None:
        raise UnknownModel(f"there is no prompt '{name[:200]}'", hint="prompts/list has them all")
    _check(given, {_KNOWN})
    return _said(_prompt_of(model).description, _deciding(model, given.get(_KNOWN, "")))


async def complete(
    platform: Platform, actor: Actor, params: types.CompleteRequestParams, purpose: str = PURPOSE
) -> types.CompleteResult:
    """Return the ids of datasets, such as `actor` may see, that go on from what was typed."""
    reference, argument = params.ref, params.argument
    is_prompt = isinstance(reference, types.PromptReference)
    names_dataset = (
        (reference.name, argument.name) == (LOOK_AT_DATA.name, "dataset")
        if is_prompt
        else (reference.uri, argument.name) == (f"{SCHEME}{{id}}", "id")
    )
    found: list[str] = []
    if names_dataset:
        view = platform.sharing.view(actor, purpose, "mcp")
        seen = await to_thread.run_sync(view.datasets)
        found = sorted(one.id for one in seen if one.id.startswith(argument.value))
    shown = found[:_MOST_COMPLETED]
    return types.CompleteResult(
        completion=types.Completion(
            values=shown, total=len(found), has_more=len(found) > len(shown)
        )
    )


def _prompt_of(model: VerticalModel) -> types.Prompt:
    return types.Prompt(
        name=model.id,
        title=f"{model.title.zh} {model.title.en}",
        description=f"{model.question.en}\n{model.question.zh}",
        arguments=[
            types.PromptArgument(
                name=_KNOWN,
                description="What is settled already, in plain words 已经确定的条件",
                required=False,
            )
        ],
    )


def _deciding(model: VerticalModel, known: str) -> str:
    schema = describe(model).request_schema
    settled = f"Settled already: {known[:2000]}\n" if known else ""
    return _DECIDING.format(
        question=f"{model.question.en} ({model.question.zh})",
        settled=settled,
        tool=model.id,
        needed=", ".join(schema.get("required", ())) or "nothing",
        reads=", ".join(model.reads) or "no dataset",
    )


def _check(given: dict[str, str], known: set[str]) -> None:
    unknown = sorted(given.keys() - known)
    if unknown:
        raise InvalidRequest(
            f"'{unknown[0][:100]}' is no argument here", hint=f"it takes: {', '.join(known)}"
        )


def _said(description: str | None, text: str) -> types.GetPromptResult:
    message = types.PromptMessage(role="user", content=types.TextContent(text=text))
    return types.GetPromptResult(description=description, messages=[message])
