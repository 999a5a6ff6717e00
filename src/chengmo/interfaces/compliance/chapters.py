"""The chapters that tell what the dataset is, which rules hold, how good it is, what is proven."""

from collections.abc import Sequence

from chengmo.catalog.dataset import Dataset
from chengmo.catalog.quality import CheckResult
from chengmo.interfaces.compliance.accesses import (
    accesses_section,
    exports_section,
    management_section,
    refusals_section,
    requests_section,
    runs_section,
)
from chengmo.interfaces.compliance.document import Block, Document, Section, Speech
from chengmo.interfaces.compliance.facts import Facts, HeldRule, Proof
from chengmo.interfaces.compliance.rules import effect_of, purposes_of, treatment_of, who_of
from chengmo.interfaces.compliance.wording import CHANGES, LEVELS, OPENING, SHARING
from chengmo.inventory.explanation import (
    DIMENSIONS,
    KINDS,
    RULES,
    TREATMENTS,
    describe_drift,
)
from chengmo.model.decision import Text

_NONE = Text(zh="没有。", en="None.")
_NOT_STATED = Text(zh="（未登记）", en="(not stated)")
_FINDINGS_TOLD = 20


def document_of(facts: Facts, speech: Speech) -> Document:
    """Return the whole report."""
    title = Text(
        zh=f"数据合规报告：{facts.dataset.title.zh}",
        en=f"Compliance report: {facts.dataset.title.en}",
    )
    return Document(
        title=speech.say(title),
        lead=_lead(facts, speech),
        language=speech.language,
        sections=(
            _proof_section(facts.proof, speech),
            _inventory_section(facts.dataset, speech),
            _rules_section(facts, speech),
            accesses_section(facts, speech),
            refusals_section(facts, speech),
            requests_section(facts, speech),
            runs_section(facts, speech),
            exports_section(facts, speech),
            _versions_section(facts, speech),
            _quality_section(facts, speech),
            management_section(facts, speech),
        ),
    )


def _lead(facts: Facts, speech: Speech) -> str:
    period = facts.period
    first = Text(zh="建立以来", en="the beginning")
    last = Text(zh="出具之时", en="the time of this report")
    since = speech.time(period.since_utc and f"{period.since_utc}Z") or speech.say(first)
    until = speech.time(period.until_utc and f"{period.until_utc}Z") or speech.say(last)
    taken, by = speech.time(facts.taken_utc), facts.taken_by
    whose = f"{by.id} ({by.organisation})" if by.organisation else by.id
    return speech.say(
        Text(
            zh=f"数据 {facts.dataset.id}，期间：{since} 至 {until}（不含）。"
            f"{taken} 由 {whose} 出具。时间均为北京时间（UTC+8）。",
            en=f"Dataset {facts.dataset.id}, from {since} until {until} (not included). "
            f"Taken {taken} by {whose}. All times are those of China (UTC+8).",
        )
    )


def _proof_section(proof: Proof, speech: Speech) -> Section:
    audit, signed = proof.audit, proof.checkpoint
    whole = audit.is_whole and not proof.runs_fault
    lead = (
        Text(
            zh="审计日志与运行账本校验无误：未发现改动、删除、插入或截断。",
            en="The audit log and the ledger of runs verify: nothing in them was changed, deleted, "
            "inserted or cut off.",
        )
        if whole
        else Text(
            zh="校验未通过：下述问题使本报告的内容不能作为凭据。",
            en="The check failed: because of what is listed here, this report proves nothing.",
        )
    )
    facts = [
        (Text(zh="审计条目", en="Entries of the audit"), speech.number(audit.entries)),
        (Text(zh="链尾哈希", en="Hash of its head"), audit.head),
        (Text(zh="已签名至条目", en="Signed through entry"), speech.number(audit.signed_through)),
        (Text(zh="检查点", en="Checkpoint"), speech.number(signed.sequence) if signed else ""),
        (Text(zh="检查点哈希", en="Its hash"), signed.hash if signed else ""),
        (Text(zh="签名时间", en="Signed at"), speech.time(signed.time_utc) if signed else ""),
        (Text(zh="签名密钥", en="Key id"), signed.key if signed else ""),
        (
            Text(zh="运行账本", en="Ledger of runs"),
            proof.runs_fault
            or speech.say(Text(zh=f"{proof.runs} 条，无误", en=f"{proof.runs} entries, whole")),
        ),
    ]
    wrong = [
        (f"{each.sequence}", speech.say(each.text)) for each in audit.findings[:_FINDINGS_TOLD]
    ]
    headings = (Text(zh="条目", en="Entry"), Text(zh="问题", en="What is wrong"))
    block = Block([speech.say(each) for each in headings], wrong, (1, 6), "")
    return Section(
        title=speech.say(Text(zh="凭据是否完整", en="Whether the records are whole")),
        lead=speech.say(lead),
        facts=[(speech.say(name), value) for name, value in facts],
        blocks=(block,) if wrong else (),
        tone="good" if whole else "bad",
    )


def _inventory_section(dataset: Dataset, speech: Speech) -> Section:
    unstated = speech.say(_NOT_STATED)
    grade = Text(zh=f"第 {dataset.grade} 级（1–4）", en=f"{dataset.grade} of 1 to 4")
    facts: list[tuple[Text, str]] = [
        (Text(zh="标识", en="Id"), dataset.id),
        (Text(zh="名称", en="Title"), f"{dataset.title.zh} / {dataset.title.en}"),
        (Text(zh="说明", en="Description"), speech.say(dataset.description)),
        (Text(zh="管理方", en="Steward"), dataset.steward or unstated),
        (Text(zh="联系人", en="Contact"), dataset.contact),
        (Text(zh="法定依据", en="Legal basis"), dataset.legal_basis or unstated),
        (Text(zh="数据分类（GB/T 43697-2024）", en="Class"), dataset.category or unstated),
        (
            Text(zh="数据分级（GB/T 43697-2024）", en="Level (GB/T 43697-2024)"),
            speech.say(LEVELS[dataset.level]) if dataset.level else unstated,
        ),
        (Text(zh="敏感等级", en="Sensitivity"), speech.say(grade)),
        (Text(zh="共享类型", en="Sharing"), speech.say(SHARING[dataset.sharing])),
        (Text(zh="共享条件", en="On conditions"), dataset.sharing_conditions),
        (Text(zh="开放类型", en="Opening"), speech.say(OPENING[dataset.opening])),
        (Text(zh="开放条件", en="On conditions"), dataset.opening_conditions),
        (Text(zh="许可", en="Licence"), dataset.licence),
        (Text(zh="来源", en="Source"), dataset.source),
        (Text(zh="更新周期", en="Update duty"), dataset.update_frequency or unstated),
        (Text(zh="现行版本", en="Version now"), f"{dataset.version}"),
        (Text(zh="行数", en="Rows"), speech.number(dataset.row_count)),
        (
            Text(zh="合成数据", en="Synthetic"),
            speech.say(Text(zh="是", en="yes")) if dataset.synthetic else "",
        ),
    ]
    return Section(
        title=speech.say(Text(zh="数据资源目录", en="What the dataset is")),
        facts=[(speech.say(name), value) for name, value in facts if value],
        blocks=(_sensitive_block(dataset, speech),),
    )


def _sensitive_block(dataset: Dataset, speech: Speech) -> Block:
    found = {each.column: each for each in dataset.found_sensitive}
    rows: list[tuple[str, ...]] = []
    for name in sorted({*dataset.sensitive, *found}):
        stated, seen = dataset.sensitive.get(name), found.get(name)
        rows.append(
            (
                name,
                speech.say(KINDS[stated.kind]) if stated else "",
                speech.say(TREATMENTS[stated.treatment]) if stated else "",
                speech.say(KINDS[seen.kind]) if seen else "",
                f"{seen.matches}/{seen.rows}" if seen else "",
                speech.say(TREATMENTS[seen.treatment]) if seen else "",
            )
        )
    headings = (
        Text(zh="字段", en="Column"),
        Text(zh="登记为", en="Stated as"),
        Text(zh="登记的处理", en="Stated treatment"),
        Text(zh="检测为", en="Looks like"),
        Text(zh="符合/检查", en="Matches of looked at"),
        Text(zh="建议的处理", en="Suggested treatment"),
    )
    title = Text(zh="敏感字段及处理", en="Sensitive columns and their treatment")
    heads = [speech.say(each) for each in headings]
    return Block(heads, rows, (2, 1.6, 1.4, 1.6, 1.2, 1.4), speech.say(_NONE), speech.say(title))


def _rules_section(facts: Facts, speech: Speech) -> Section:
    headings = (
        Text(zh="规则版本", en="Rules at"),
        Text(zh="规则", en="Rule"),
        Text(zh="效果", en="Effect"),
        Text(zh="谁", en="Who"),
        Text(zh="用途与时间", en="Purpose and time"),
        Text(zh="使用前的处理", en="Treatment first"),
        Text(zh="依据", en="Basis"),
        Text(zh="制定", en="Stated by, at"),
        Text(zh="效力止于", en="Held until"),
    )
    return Section(
        title=speech.say(Text(zh="共享规则", en="Sharing rules")),
        lead=speech.say(
            Text(
                zh="本期内生效过的规则及其变动。“规则版本”与每次访问所记的编号相同；"
                "没有规则允许的，按共享类型决定。",
                en="Rules that held at any time of the period, and their changes. 'Rules at' is "
                "the number that each access names. Where no rule permits, the sharing type "
                "decides.",
            )
        ),
        blocks=(
            Block(
                [speech.say(each) for each in headings],
                [_rule(each, speech) for each in facts.rules],
                (0.7, 1.8, 0.7, 1.6, 1.6, 2.4, 1.6, 1.4, 1.2),
                speech.say(_NONE),
            ),
        ),
    )


def _rule(held: HeldRule, speech: Speech) -> tuple[str, ...]:
    change = held.change
    by = speech.join([change.actor, speech.time(change.time_utc)])
    policy = change.stated
    if policy is None:
        gone = speech.say(Text(zh="撤回", en="taken back"))
        return (f"{change.sequence}", change.policy, gone, "", "", "", "", by, "")
    until = speech.time(held.until_utc) or speech.say(Text(zh="仍有效", en="holds now"))
    return (
        f"{change.sequence}",
        f"{policy.id}: {speech.say(policy.title)}",
        effect_of(policy, speech),
        who_of(policy, speech),
        purposes_of(policy, speech),
        treatment_of(policy, speech),
        policy.basis,
        by,
        until,
    )


def _versions_section(facts: Facts, speech: Speech) -> Section:
    headings = (
        Text(zh="版本", en="Version"),
        Text(zh="时间", en="Time"),
        Text(zh="变动", en="Change"),
        Text(zh="行数", en="Rows"),
        Text(zh="文件", en="File"),
        Text(zh="SHA-256（前 16 位）", en="SHA-256 (first 16)"),
        Text(zh="读入/保留/隔离", en="Read/kept/refused"),
        Text(zh="坐标", en="Coordinates"),
    )
    rows = [_version(each, speech) for each in _versions(facts)]
    return Section(
        title=speech.say(Text(zh="版本与导入", en="Versions and imports")),
        blocks=(
            Block(
                [speech.say(each) for each in headings],
                rows,
                (0.7, 1.4, 1, 0.9, 2, 1.5, 1.4, 2),
                speech.say(_NONE),
            ),
        ),
    )


def _versions(facts: Facts) -> Sequence[Dataset]:
    """Return the versions that were the newest at any time of the period."""
    after = [*(each.created_utc for each in facts.versions[1:]), None]
    return [
        each
        for each, ended in zip(facts.versions, after, strict=True)
        if facts.period.meets(each.created_utc, ended)
    ]


def _version(dataset: Dataset, speech: Speech) -> tuple[str, ...]:
    lineage = dataset.lineage
    crs = " → ".join(part for part in (lineage.crs_received, lineage.conversion) if part)
    return (
        f"{dataset.version}",
        speech.time(dataset.created_utc),
        speech.say(CHANGES[dataset.change]),
        speech.number(dataset.row_count),
        lineage.source_name,
        lineage.sha256[:16],
        f"{lineage.rows_read}/{lineage.rows_kept}/{lineage.rows_quarantined}",
        crs,
    )


def _quality_section(facts: Facts, speech: Speech) -> Section:
    versions = [each for each in _versions(facts) if each.report is not None]
    headings = (
        Text(zh="版本", en="Version"),
        Text(zh="维度", en="Dimension"),
        Text(zh="检查", en="Check"),
        Text(zh="检查行数", en="Rows checked"),
        Text(zh="不合格", en="Failed"),
        Text(zh="须达", en="Threshold"),
        Text(zh="结果", en="Result"),
    )
    rows = [
        _check(each, result, speech)
        for each in versions
        for result in (each.report.results if each.report else ())
    ]
    notes = [note for each in versions for note in _notes(each, speech)]
    return Section(
        title=speech.say(Text(zh="质量（GB/T 36344-2018）", en="Quality (GB/T 36344-2018)")),
        lead=speech.join(notes),
        blocks=(
            Block(
                [speech.say(each) for each in headings],
                rows,
                (0.7, 1.2, 3, 1, 0.9, 0.9, 2),
                speech.say(Text(zh="没有登记质量检查。", en="No checks are declared.")),
            ),
        ),
    )


def _check(dataset: Dataset, result: CheckResult, speech: Speech) -> tuple[str, ...]:
    check = result.check
    good, bad = Text(zh="达到", en="met"), Text(zh="未达到", en="not met")
    said = speech.say(good if result.is_met else bad)
    return (
        f"{dataset.version}",
        speech.say(DIMENSIONS[check.measures]),
        f"{', '.join(check.columns) or check.dataset or ''}: {speech.say(RULES[check.rule])}",
        speech.number(result.checked),
        speech.number(result.failed),
        f"{check.threshold_0to1:.4g}",
        f"{said} ({result.fault})" if result.fault else said,
    )


def _notes(dataset: Dataset, speech: Speech) -> list[str]:
    report = dataset.report
    if report is None:
        return []
    said = [speech.say(text) for text in describe_drift(report.drift)] if report.drift else []
    if report.forced_by:
        forced = Text(
            zh=f"{report.forced_by} 使未达标的导入通过",
            en=f"{report.forced_by} let it in against a check that holds",
        )
        said.append(speech.say(forced))
    return [f"{dataset.version}: {each}" for each in said]
