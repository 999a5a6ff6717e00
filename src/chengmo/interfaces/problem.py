"""What each error is to the outside: one table, from error class to HTTP status and exit code.

`SharingDenied` is 403 over HTTP and exit code 3 on the command line; every other class likewise,
by the nearest class of the table that it descends from. The statuses are those OGC API -
Features and Processes ask for where they name one (a bad parameter or input is 400, an unknown
process or job 404 with the standard's type). Nothing here knows a web framework.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chengmo.errors import (
    ChengmoError,
    CodeNeeded,
    Conflict,
    ContractError,
    Fault,
    HarvestFailed,
    HeldBack,
    InvalidCell,
    InvalidGeometry,
    InvalidQuery,
    InvalidRequest,
    LakeUnavailable,
    LedgerBroken,
    NewPasswordNeeded,
    NotAllowed,
    NotSignedIn,
    PlatformError,
    RequestError,
    ResourceExhausted,
    RunFailed,
    SharingDenied,
    SignInRefused,
    TooManyAttempts,
    UnknownAccount,
    UnknownContest,
    UnknownDataset,
    UnknownModel,
    UnknownPolicy,
    UnknownRequest,
    UnknownRun,
    UnreadableFile,
)
from chengmo.interfaces.chinese import in_chinese

MEDIA_TYPE = "application/problem+json"
# Relative, so that it can be followed where no network reaches: the platform serves this page.
ERRORS_PAGE = "/errors"
_OGC = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"


@dataclass(frozen=True)
class Kind:
    """One kind of problem.

    Attributes:
        slug: Stable name.
        status: HTTP status.
        exit_code: Of the command line; None for what only happens over HTTP.
        title_en: What went wrong, the same words for every problem of this kind.
        title_zh: The same in Chinese.
        standard_type: URI that a standard gives this problem, instead of ours.
    """

    slug: str
    status: int
    exit_code: int | None
    title_en: str
    title_zh: str
    standard_type: str | None = None

    @property
    def type(self) -> str:
        """RFC 9457 type: a standard's URI, or a reference to the platform's own page."""
        return self.standard_type or f"{ERRORS_PAGE}#{self.slug}"


@dataclass(frozen=True)
class Problem:
    """One problem that happened.

    Attributes:
        kind: What sort it is.
        detail: What happened.
        hint: The way out.
        instance: What it happened to, such as a job's path; None for what was asked.
        faults: What is wrong with single fields of the request.
    """

    kind: Kind
    detail: str
    hint: str = ""
    instance: str | None = None
    faults: tuple[Fault, ...] = ()

    def document(self, *, instance: str | None = None, language: str = "en") -> dict[str, object]:
        """Return the RFC 9457 members, what is to be read in `language` (`zh` or `en`).

        `errors` has the shape of RFC 9457's own example: a `detail` and a `pointer` each.
        """
        title = self.kind.title_zh if language == "zh" else self.kind.title_en
        say = in_chinese if language == "zh" else str
        members: dict[str, object] = {
            "type": self.kind.type,
            "title": title,
            "status": self.kind.status,
            "detail": say(self.detail),
        }
        if self.hint:
            members["hint"] = say(self.hint)
        if self.instance or instance:
            members["instance"] = self.instance or instance
        if self.faults:
            members["errors"] = [
                {
                    "detail": fault.zh if language == "zh" else fault.en,
                    "pointer": f"#{fault.pointer}",
                }
                for fault in self.faults
            ]
        return members


def _kind(
    error: type[ChengmoError],
    status: int,
    exit_code: int,
    titles: tuple[str, str],
    standard_type: str | None = None,
) -> tuple[type[ChengmoError], Kind]:
    return error, Kind(error.slug, status, exit_code, titles[0], titles[1], standard_type)


KINDS: Mapping[type[ChengmoError], Kind] = MappingProxyType(
    dict(
        (
            _kind(ChengmoError, 500, 5, ("The platform failed", "平台出错")),
            _kind(RequestError, 400, 2, ("The request cannot be met", "请求无法满足")),
            _kind(InvalidCell, 400, 2, ("Not a cell code", "不是网格码")),
            _kind(InvalidGeometry, 400, 2, ("Not a usable geometry", "几何图形无效")),
            _kind(InvalidRequest, 400, 2, ("The model's request is not valid", "模型请求无效")),
            _kind(HeldBack, 422, 2, ("The import fails its quality checks", "导入未通过质量检查")),
            _kind(InvalidQuery, 400, 2, ("The question cannot be read", "查询无法理解")),
            _kind(UnreadableFile, 422, 2, ("The file cannot be read", "文件无法读取")),
            _kind(HarvestFailed, 422, 2, ("The other catalogue failed", "对方目录读取失败")),
            _kind(UnknownDataset, 404, 2, ("No such dataset", "没有这个数据")),
            _kind(UnknownPolicy, 404, 2, ("No such policy", "没有这条共享规则")),
            _kind(UnknownRequest, 404, 2, ("No such request for data", "没有这份数据申请")),
            _kind(UnknownContest, 404, 2, ("No such contest", "没有这项赛事")),
            _kind(
                UnknownModel, 404, 2, ("No such process", "没有这个模型"), _OGC + "no-such-process"
            ),
            _kind(UnknownRun, 404, 2, ("No such job", "没有这次运行"), _OGC + "no-such-job"),
            _kind(UnknownAccount, 404, 2, ("No such account", "没有这个账户")),
            _kind(NotSignedIn, 401, 2, ("Nobody is signed in", "尚未登录")),
            _kind(SignInRefused, 401, 2, ("Signing in was refused", "登录未成功")),
            _kind(CodeNeeded, 401, 2, ("A code is needed too", "还需要验证码")),
            _kind(NewPasswordNeeded, 401, 2, ("A new password is needed", "需要设置新密码")),
            _kind(TooManyAttempts, 429, 2, ("Too many attempts", "尝试次数过多")),
            _kind(NotAllowed, 403, 2, ("This is not allowed to you", "没有这项权限")),
            _kind(Conflict, 409, 2, ("It conflicts with what exists", "与已有内容冲突")),
            _kind(SharingDenied, 403, 3, ("The sharing rules forbid it", "共享规则不允许")),
            _kind(ContractError, 500, 4, ("A model breaks its contract", "模型不合约定")),
            _kind(PlatformError, 503, 5, ("The platform cannot answer now", "平台暂不可用")),
            _kind(LakeUnavailable, 503, 5, ("The data store does not answer", "数据存储无响应")),
            _kind(LedgerBroken, 500, 5, ("The ledger does not verify", "账本校验失败")),
            _kind(RunFailed, 500, 5, ("The run failed", "运行失败")),
            _kind(ResourceExhausted, 503, 5, ("Out of memory, time or disk", "资源耗尽")),
        )
    )
)

NOT_FOUND = Kind("not-found", 404, None, "Nothing is here", "此处没有内容")
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed", 405, None, "This cannot be done here", "此处不支持该操作"
)
NOT_ACCEPTABLE = Kind("not-acceptable", 406, None, "No such representation", "没有这种格式")
TOO_LARGE = Kind("too-large", 413, None, "The body is too large", "请求体过大")
UNSUPPORTED_MEDIA = Kind(
    "unsupported-media-type", 415, None, "The body has the wrong type", "请求体类型不对"
)
MISDIRECTED = Kind("misdirected", 421, None, "Not this server's name", "主机名不符")
CROSS_ORIGIN = Kind(
    "cross-origin", 403, None, "Another site may not write here", "不接受其他站点的写入"
)
RESULT_NOT_READY = Kind(
    "result-not-ready",
    404,
    None,
    "The result is not ready",
    "结果尚未就绪",
    _OGC + "result-not-ready",
)
DISMISSED = Kind("dismissed", 410, None, "The job was dismissed", "运行已取消")
BAD_HTTP = Kind("bad-http", 400, None, "The request cannot be read", "请求无法读取")
INTERNAL = Kind("internal", 500, None, "A fault of the platform", "平台内部错误")

# What can go wrong over HTTP without an error of the platform's.
HTTP_KINDS: tuple[Kind, ...] = (
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    TOO_LARGE,
    UNSUPPORTED_MEDIA,
    MISDIRECTED,
    CROSS_ORIGIN,
    RESULT_NOT_READY,
    DISMISSED,
    BAD_HTTP,
    INTERNAL,
)


def kind_of(error: ChengmoError | type[ChengmoError]) -> Kind:
    """Return the kind of the nearest class of the table that `error` descends from."""
    cls = error if isinstance(error, type) else type(error)
    return next(KINDS[parent] for parent in cls.__mro__ if parent in KINDS)


def kind_of_slug(slug: str) -> Kind:
    """Return the kind that `slug` names, such as a ledger record keeps; the widest if unknown."""
    return next((kind for kind in KINDS.values() if kind.slug == slug), KINDS[ChengmoError])


def problem_of(error: ChengmoError) -> Problem:
    """Return `error` as a problem: what happened and the way out, in its own words."""
    faults = error.faults if isinstance(error, InvalidRequest) else ()
    return Problem(kind_of(error), error.message, error.hint, faults=faults)


def exit_code_of(error: ChengmoError) -> int:
    """Return the command line's exit code for `error`: 2 to 5, by who can put it right."""
    code = kind_of(error).exit_code
    if code is None:  # pragma: no cover - a test walks the table: every class has one
        raise AssertionError(f"{type(error).__name__} has no exit code")
    return code


def problem_of_status(status: int, detail: str) -> Problem:
    """Return the problem that a bare HTTP status stands for."""
    found = next((kind for kind in HTTP_KINDS if kind.status == status), None)
    fallback = Kind(BAD_HTTP.slug, status, None, BAD_HTTP.title_en, BAD_HTTP.title_zh)
    return Problem(found or fallback, detail)
