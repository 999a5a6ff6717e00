"""A published package as a vertical model: asked like any other, run in the jail like before.

It learns anew at each run, from the training datasets as who asks may see them, and predicts the
rows of a dataset that the request names.
"""

import tempfile
from functools import partial
from pathlib import Path

import pyarrow as pa
from pydantic import Field

from chengmo.compute.jail import JailLimits
from chengmo.contests.hidden import canonical_keys
from chengmo.contests.metric import METRICS
from chengmo.contests.package import SEED, PackageTask, ask_package, write_arrow
from chengmo.contests.prediction import Predictions, Unfit, aligned
from chengmo.contests.publication import Publication, PublicationStore
from chengmo.errors import ContractError, InvalidRequest, RunFailed
from chengmo.model.city import City
from chengmo.model.contract import Archive, DatasetId, FieldWords, ModelRequest, VerticalModel
from chengmo.model.decision import Column, Measure, ModelDecision, Quality, Table
from chengmo.model.text import Text

MOST_ROWS = 20_000
ARCHIVE_FILE = "package.zip"
_LIMITS = JailLimits(wall_s=600.0, cpu_s=600)
_WORDS = {
    "rows": FieldWords(title=Text(zh="待预测的行", en="Rows to predict")),
    "seed": FieldWords(title=Text(zh="随机种子", en="Seed of random numbers")),
}


class PublishedRequest(ModelRequest):
    """What a published model is asked."""

    rows: DatasetId = Field(description="Dataset whose rows are predicted, with the key columns")
    seed: int = Field(default=SEED, ge=0, lt=2**31, description="Seed of random numbers")


class PublishedDecision(ModelDecision):
    """What a published model answers; the predictions are its table."""

    contest: str
    entrant: str
    rank: int
    licence: str
    package_sha256: str


def model_of(publication: Publication, archive: Archive) -> VerticalModel:
    """Return a published package as a model."""
    contest = publication.contest
    metric = METRICS[contest.metric].title
    about = f"{metric.en} {publication.score:.6g}", f"{metric.zh} {publication.score:.6g}"
    by = f"{publication.entrant} · {publication.terms.licence}"
    return VerticalModel(
        id=publication.id,
        version="1",
        title=Text(
            zh=f"{contest.title.zh}（参赛模型，第 {publication.rank} 名）",
            en=f"{contest.title.en} (contest model, rank {publication.rank})",
        ),
        question=Text(
            zh=f"参赛模型对各行 {contest.target} 的预测：{by} · {about[1]}",
            en=f"What the contest model predicts of {contest.target}: {by} · {about[0]}",
        ),
        reads=contest.training,
        request_type=PublishedRequest,
        decision_type=PublishedDecision,
        function=partial(_decide, publication, archive),
        module=__name__,
        words=_WORDS,
        archive=archive,
    )


def archive_of(publication: Publication, store: PublicationStore) -> Archive:
    """Return where the code of a published model is."""
    return Archive(
        sha256=publication.sha256,
        about=publication.model_dump_json(),
        read=partial(store.code, publication.submission),
    )


def model_in(folder: Path, about: str) -> VerticalModel:
    """Return the model that a run's folder brings along, in the run's own process."""
    publication = Publication.model_validate_json(about)
    path = folder / ARCHIVE_FILE
    return model_of(publication, Archive(publication.sha256, about, path.read_bytes))


def _decide(
    publication: Publication, archive: Archive, request: ModelRequest, city: City
) -> PublishedDecision:
    if not isinstance(request, PublishedRequest):
        raise TypeError("a published model takes a request of its own")
    contest = publication.contest
    rows = _rows(publication, request, city)
    keys = canonical_keys(rows, contest.keys)
    if len(set(keys)) < len(keys):
        raise InvalidRequest(
            f"two rows of '{request.rows}' have the same {', '.join(contest.keys)}",
            hint="name a dataset with one row for each",
        )
    with tempfile.TemporaryDirectory(prefix="chengmo-model-") as scratch:
        train = {
            name: Path(scratch) / f"{number}.arrow" for number, name in enumerate(contest.training)
        }
        for name, path in train.items():
            write_arrow(path, city.table(name))
        task = PackageTask(
            archive.read(), train, rows, contest.target, seed=request.seed, limits=_LIMITS
        )
        try:
            values, _ = ask_package(task)
            predicted = aligned(Predictions(keys, values), keys, contest)
        except Unfit as error:
            raise RunFailed(error.reason.en, hint=f"its author is {publication.entrant}") from error
    return _decision(publication, rows.select(list(contest.keys)), predicted.tolist())


def _rows(publication: Publication, request: PublishedRequest, city: City) -> pa.Table:
    contest = publication.contest
    names = [*contest.keys, *contest.features]
    try:
        rows = city.table(request.rows, names)
    except ContractError as error:
        raise InvalidRequest(
            f"'{request.rows}' cannot be predicted: {error.message}",
            hint=f"it takes a dataset with the columns {', '.join(names)}",
        ) from error
    if rows.num_rows > MOST_ROWS:
        raise InvalidRequest(
            f"'{request.rows}' has {rows.num_rows} rows", hint=f"at most {MOST_ROWS} at once"
        )
    return rows.sort_by([(name, "ascending") for name in contest.keys])


def _decision(
    publication: Publication, keys: pa.Table, predicted: list[float]
) -> PublishedDecision:
    contest, metric = publication.contest, METRICS[publication.contest.metric].title
    named = [[str(value) for value in keys.column(name).to_pylist()] for name in contest.keys]
    columns = [
        Column(key=name, title=Text(zh=name, en=name)) for name in (*contest.keys, contest.target)
    ]
    return PublishedDecision(
        answer=Text(
            zh=f"已预测 {len(predicted)} 行的 {contest.target}",
            en=f"{contest.target} of {len(predicted)} rows is predicted",
        ),
        quality=Quality(
            kind="heuristic",
            note=Text(
                zh=f"大赛私有数据上的{metric.zh}为 {publication.score:.6g}",
                en=f"{metric.en} of {publication.score:.6g} on the private rows of the contest",
            ),
        ),
        measures=(Measure(key="rows", title=Text(zh="行数", en="Rows"), value=len(predicted)),),
        tables=(
            Table(
                key="predictions",
                title=Text(zh="预测", en="Predictions"),
                columns=tuple(columns),
                rows=tuple(zip(*named, predicted, strict=True)),
            ),
        ),
        caveats=(
            Text(
                zh="模型由参赛者编写，平台未审阅其方法；只在隔离的进程中运行。",
                en="A contestant wrote this model; nobody here has reviewed its method.",
            ),
        ),
        contest=contest.id,
        entrant=publication.entrant,
        rank=publication.rank,
        licence=publication.terms.licence,
        package_sha256=publication.sha256,
    )
