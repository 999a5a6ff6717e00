"""Findings in words, Chinese and English, for whoever reads a page or a terminal."""

from collections.abc import Mapping
from types import MappingProxyType

from chengmo.catalog.dataset import SensitiveFinding, SensitiveKind, Treatment
from chengmo.catalog.quality import CheckResult, Dimension, Rule, SchemaDrift
from chengmo.model.decision import Text

KINDS: Mapping[SensitiveKind, Text] = MappingProxyType(
    {
        "id-number": Text(zh="身份证号", en="resident identity numbers"),
        "mobile": Text(zh="手机号", en="mobile numbers"),
        "person-name": Text(zh="姓名", en="names of persons"),
        "address": Text(zh="详细地址", en="addresses"),
        "plate": Text(zh="车牌号", en="vehicle plates"),
        "bank-card": Text(zh="银行卡号", en="bank card numbers"),
        "credit-code": Text(zh="统一社会信用代码", en="unified social credit codes"),
        "email": Text(zh="电子邮箱", en="e-mail addresses"),
        "home-coordinates": Text(zh="住所坐标", en="exact places of persons"),
        "other": Text(zh="其他敏感信息", en="other sensitive values"),
    }
)
TREATMENTS: Mapping[Treatment, Text] = MappingProxyType(
    {
        "drop": Text(zh="删除", en="drop"),
        "mask": Text(zh="遮盖", en="mask"),
        "hash": Text(zh="加密钥散列", en="hash with a key"),
        "generalise": Text(zh="泛化", en="generalise"),
    }
)
DIMENSIONS: Mapping[Dimension, Text] = MappingProxyType(
    {
        "completeness": Text(zh="完整性", en="completeness"),
        "accuracy": Text(zh="准确性", en="accuracy"),
        "consistency": Text(zh="一致性", en="consistency"),
        "timeliness": Text(zh="时效性", en="timeliness"),
        "uniqueness": Text(zh="唯一性", en="uniqueness"),
        "validity": Text(zh="规范性", en="validity"),
    }
)
RULES: Mapping[Rule, Text] = MappingProxyType(
    {
        "required": Text(zh="必填", en="has a value"),
        "unique": Text(zh="不重复", en="stands once"),
        "range": Text(zh="取值范围", en="is within its range"),
        "pattern": Text(zh="格式", en="fits its pattern"),
        "one-of": Text(zh="代码表", en="is one of those listed"),
        "reference": Text(zh="引用存在", en="is known to the other dataset"),
        "inside": Text(zh="位于范围内", en="lies inside the other dataset's extent"),
        "fresh": Text(zh="未过期", en="is not too old"),
    }
)
_FEW_ROWS = 10


def describe_finding(finding: SensitiveFinding) -> Text:
    """Say in one sentence what a column seems to hold and what to do about it."""
    kind, treatment = KINDS[finding.kind], TREATMENTS[finding.treatment]
    counts = f"{finding.matches}/{finding.rows}"
    return Text(
        zh=f"“{finding.column}”列疑似含{kind.zh}（{counts}），建议：{treatment.zh}",
        en=f"column '{finding.column}' seems to hold {kind.en} ({counts}): {treatment.en} them",
    )


def describe_result(result: CheckResult) -> Text:
    """Say in one sentence what a check found, with the first rows that failed."""
    check = result.check
    subject = ", ".join(check.columns) or check.dataset or ""
    rule = RULES[check.rule]
    if result.fault:
        return Text(
            zh=f"{subject}：{rule.zh}，无法检查：{result.fault}",
            en=f"{subject}: {rule.en}: {result.fault}",
        )
    counts = f"{result.failed}/{result.checked}"
    rows = ", ".join(map(str, result.rows[:_FEW_ROWS]))
    more = "…" if len(result.rows) > _FEW_ROWS else ""
    least = f"{check.threshold_0to1:.4g}"
    return Text(
        zh=f"{subject}：{rule.zh}，{counts} 行不合格（须达 {least}）；行号 {rows}{more}",
        en=f"{subject}: {rule.en}: {counts} rows fail ({least} must pass); rows {rows}{more}",
    )


def describe_drift(drift: SchemaDrift) -> list[Text]:
    """Say in a sentence each how the columns changed."""
    said: list[Text] = []
    if drift.added:
        names = ", ".join(drift.added)
        said.append(Text(zh=f"新增列：{names}", en=f"columns added: {names}"))
    if drift.removed:
        names = ", ".join(drift.removed)
        said.append(Text(zh=f"缺少列：{names}", en=f"columns gone: {names}"))
    for name, (old, new) in drift.retyped.items():
        change = f"{name}: {old} → {new}"
        said.append(Text(zh=f"类型改变：{change}", en=f"type changed: {change}"))
    return said
