"""The chapters that tell who did what: accesses, refusals, changes, requests, runs."""

from collections import Counter
from collections.abc import Sequence

from chengmo.audit import Access, AuditEntry
from chengmo.interfaces.compliance.document import Block, Section, Speech
from chengmo.interfaces.compliance.facts import Facts
from chengmo.interfaces.compliance.wording import (
    ACTIONS,
    OF_MANAGEMENT,
    REASONS,
    ROLES,
    STATES,
    STATUSES,
    VIAS,
)
from chengmo.ledger import RunRecord
from chengmo.model.decision import Text

_SHORT = 16
_NUMBER = Text(zh="序号", en="No.")
_TIME = Text(zh="时间", en="Time")
_WHO = Text(zh="访问者", en="Who")
_ORGANISATION = Text(zh="单位", en="Organisation")
_VIA = Text(zh="入口", en="By")
_ACTION = Text(zh="操作", en="Action")
_PURPOSE = Text(zh="用途", en="Purpose")
_READ = Text(zh="版本", en="Version")
_ROWS = Text(zh="行数", en="Rows")
_REASON = Text(zh="依据", en="Rule")
_POLICY = Text(zh="规则版本", en="Rules at")
_RUN = Text(zh="运行", en="Run")
_WHAT = Text(zh="事项", en="What")
_VERDICT = Text(zh="结论", en="Verdict")
_ALLOWED = Text(zh="允许", en="allowed")
_DENIED = Text(zh="拒绝", en="denied")
_ACCESS_WIDTHS = (0.7, 1.5, 1.6, 1.2, 0.9, 0.9, 1.4, 1.2, 0.8, 1.6, 1.4, 1.4)


def accesses_section(facts: Facts, speech: Speech) -> Section:
    """Return every access that was allowed, summed up first."""
    allowed = [each for each in taken(facts) if each.access.verdict == "allowed"]
    return Section(
        title=speech.say(Text(zh="访问", en="Accesses")),
        lead=speech.say(
            Text(
                zh=f"本期允许的访问 {len(allowed)} 次。行数为离开平台的行数；"
                "空缺表示无法按行计数（如瓦片）。",
                en=f"{len(allowed)} accesses were allowed. Rows are those that left; none is given "
                "where they cannot be counted, as of tiles.",
            )
        ),
        blocks=(
            _sums(allowed, speech),
            _list(allowed, speech, Text(zh="逐次访问", en="Each access")),
        ),
    )


def refusals_section(facts: Facts, speech: Speech) -> Section:
    """Return every access that was denied."""
    denied = [each for each in facts.entries if each.access.verdict == "denied"]
    lead = Text(
        zh=f"本期被拒绝的访问 {len(denied)} 次。",
        en=f"{len(denied)} accesses were denied in this period.",
    )
    return Section(
        title=speech.say(Text(zh="拒绝", en="Refusals")),
        lead=speech.say(lead),
        blocks=(_list(denied, speech),),
        tone="plain",
    )


def exports_section(facts: Facts, speech: Speech) -> Section:
    """Return what left as files."""
    found = [
        each
        for each in facts.entries
        if each.access.action == "export" and each.access.verdict == "allowed"
    ]
    return Section(
        title=speech.say(Text(zh="导出", en="Exports")),
        lead=speech.say(
            Text(
                zh="以文件形式离开平台的数据；也列在“访问”中。",
                en="What left as files; it stands among the accesses, too.",
            )
        ),
        blocks=(_list(found, speech),),
    )


def management_section(facts: Facts, speech: Speech) -> Section:
    """Return what was done to rules, requests and versions, and who looked at the audit."""
    found = [each for each in facts.entries if each.access.action in OF_MANAGEMENT]
    headings = (_NUMBER, _TIME, _WHO, _ORGANISATION, _VIA, _ACTION, _WHAT, _VERDICT)
    rows = [
        (
            f"{each.sequence}",
            speech.time(each.access.time_utc),
            _who(each.access, speech),
            each.access.organisation,
            speech.say(VIAS[each.access.via]),
            speech.say(ACTIONS[each.access.action]),
            _detail(each.access),
            speech.say(_ALLOWED if each.access.verdict == "allowed" else _DENIED),
        )
        for each in found
    ]
    return Section(
        title=speech.say(Text(zh="管理操作", en="What was done to it")),
        lead=speech.say(
            Text(
                zh="规则、申请、版本的变动与对审计的查阅。编号前的“-”表示撤回或驳回。",
                en="Rules, requests, versions, and who looked at the audit. "
                "A '-' before a name: taken back or refused.",
            )
        ),
        blocks=(
            Block(
                [speech.say(each) for each in headings],
                rows,
                (0.6, 1.4, 1.6, 1.2, 1, 1, 4, 0.8),
                speech.say(_NOTHING),
            ),
        ),
    )


def requests_section(facts: Facts, speech: Speech) -> Section:
    """Return who asked for the data, who answered, and how."""
    headings = (
        Text(zh="编号", en="Request"),
        Text(zh="申请方", en="Who asked"),
        _PURPOSE,
        Text(zh="理由", en="Why"),
        Text(zh="提交", en="Sent"),
        Text(zh="使用至", en="Until"),
        Text(zh="结果", en="Answer"),
        Text(zh="审批", en="By"),
        Text(zh="说明", en="Comment"),
        Text(zh="规则", en="Rule"),
    )
    rows = [
        (
            each.id,
            _of(each.actor, each.organisation),
            each.wish.purpose,
            each.wish.reason,
            speech.time(each.submitted_utc),
            speech.time(each.wish.until.isoformat()),
            speech.say(STATES[each.state]),
            speech.join([each.decided_by, speech.time(each.decided_utc)]),
            each.comment,
            each.policy,
        )
        for each in facts.requests
    ]
    return Section(
        title=speech.say(Text(zh="申请与审批", en="Requests and answers")),
        blocks=(
            Block(
                [speech.say(each) for each in headings],
                rows,
                (1.3, 1.3, 1.2, 2.4, 1.3, 1.3, 0.8, 1.4, 1.6, 1.6),
                speech.say(_NOTHING),
            ),
        ),
    )


def runs_section(facts: Facts, speech: Speech) -> Section:
    """Return the runs that read the dataset, and the fingerprints of their decisions."""
    headings = (
        _RUN,
        Text(zh="模型", en="Model"),
        _WHO,
        _PURPOSE,
        Text(zh="开始", en="Begun"),
        Text(zh="结束", en="Ended"),
        _READ,
        Text(zh="状态", en="Status"),
        Text(zh="结论", en="Outcome"),
        Text(zh="决策指纹", en="Decision’s digest"),
    )
    return Section(
        title=speech.say(Text(zh="运行与决策", en="Runs and decisions")),
        lead=speech.say(
            Text(
                zh=f"本期结束并使用过本数据的运行 {len(facts.runs)} 次；"
                "“chengmo rerun 运行号”可逐位复核。",
                en=f"{len(facts.runs)} runs that read the dataset ended in this period; "
                "each can be repeated with: chengmo rerun RUN.",
            )
        ),
        blocks=(
            Block(
                [speech.say(each) for each in headings],
                [_run(each, facts.dataset.id, speech) for each in facts.runs],
                (1.8, 1.5, 1.4, 1.2, 1.3, 1.3, 1.2, 0.8, 0.9, 1.4),
                speech.say(_NOTHING),
            ),
        ),
    )


def taken(facts: Facts) -> list[AuditEntry]:
    """Return the accesses to the data themselves, allowed or not."""
    return [each for each in facts.entries if each.access.action not in OF_MANAGEMENT]


def _run(run: RunRecord, dataset: str, speech: Speech) -> tuple[str, ...]:
    used = run.datasets[dataset]
    return (
        run.run,
        f"{run.model} {run.model_version}",
        _of(run.actor.id, run.actor.organisation),
        run.purpose,
        speech.time(run.started_utc),
        speech.time(run.ended_utc),
        _version(used.version, used.edition),
        speech.say(STATUSES[run.status]),
        run.outcome or (run.error.slug if run.error else ""),
        (run.decision_digest or "")[:_SHORT],
    )


def _sums(entries: Sequence[AuditEntry], speech: Speech) -> Block:
    """Return how often and how many rows, by organisation, purpose and action."""
    times: Counter[tuple[str, str, str]] = Counter()
    rows: Counter[tuple[str, str, str]] = Counter()
    for each in entries:
        access = each.access
        key = (access.organisation or access.actor, access.purpose, access.action)
        times[key] += 1
        rows[key] += access.rows or 0
    headings = (
        Text(zh="单位（无单位者为账号）", en="Organisation (else the account)"),
        _PURPOSE,
        _ACTION,
        Text(zh="次数", en="Times"),
        _ROWS,
    )
    listed = [
        (
            whose,
            purpose,
            next(speech.say(text) for name, text in ACTIONS.items() if name == action),
            speech.number(times[whose, purpose, action]),
            speech.number(rows[whose, purpose, action]),
        )
        for whose, purpose, action in sorted(times)
    ]
    title = speech.say(Text(zh="汇总", en="Summed up"))
    heads = [speech.say(each) for each in headings]
    return Block(heads, listed, (3, 2, 1.4, 1, 1), speech.say(_NOTHING), title)


def _list(entries: Sequence[AuditEntry], speech: Speech, title: Text | None = None) -> Block:
    headings = (
        _NUMBER, _TIME, _WHO, _ORGANISATION, _VIA, _ACTION, _PURPOSE, _READ, _ROWS, _REASON,
        _POLICY, _RUN,
    )  # fmt: skip
    return Block(
        [speech.say(each) for each in headings],
        [_access(each, speech) for each in entries],
        _ACCESS_WIDTHS,
        speech.say(_NOTHING),
        speech.say(title),
    )


def _access(entry: AuditEntry, speech: Speech) -> tuple[str, ...]:
    access = entry.access
    return (
        f"{entry.sequence}",
        speech.time(access.time_utc),
        _who(access, speech),
        access.organisation,
        speech.say(VIAS[access.via]),
        speech.say(ACTIONS[access.action]),
        access.purpose,
        _version(access.version, access.edition),
        speech.number(access.rows),
        _reason(access.reason, speech),
        access.policy,
        access.run,
    )


def _who(access: Access, speech: Speech) -> str:
    # Roles of today's platform are known; an old log may hold others.
    known = {str(role): speech.say(text) for role, text in ROLES.items()}
    roles = ", ".join(known.get(role, role) for role in access.roles)
    return f"{access.actor} ({roles})" if roles else access.actor


def _of(actor: str, organisation: str) -> str:
    return f"{actor} ({organisation})" if organisation else actor


def _version(version: int | None, edition: str) -> str:
    """Return a version, and the beginning of the edition's name where it was treated."""
    if version is None:
        return ""
    return f"{version} · {edition[:8]}" if edition else f"{version}"


def _reason(reason: str, speech: Speech) -> str:
    slug, _, policy = reason.partition(":")
    said = speech.say(REASONS.get(slug)) or slug
    return f"{said} {policy}" if policy else said


def _detail(access: Access) -> str:
    return ", ".join(
        f"{value}" if name == "what" else f"{name}: {value}"
        for name, value in access.detail.items()
        if value not in (None, "")
    )


_NOTHING = Text(zh="本期没有记录。", en="Nothing on record in this period.")
