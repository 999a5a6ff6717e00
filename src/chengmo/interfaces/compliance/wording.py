"""What the values of the log and of the catalogue are called in a report."""

from collections.abc import Mapping
from types import MappingProxyType

from chengmo.audit import Action, Via
from chengmo.catalog.dataset import DataLevel, SharingType
from chengmo.identity.actor import OrganisationKind, Role
from chengmo.model.decision import Text
from chengmo.sharing.request import State

ACTIONS: Mapping[Action, Text] = MappingProxyType(
    {
        "list": Text(zh="列出", en="list"),
        "describe": Text(zh="查看说明", en="describe"),
        "read": Text(zh="读取", en="read"),
        "count": Text(zh="计数", en="count"),
        "tile": Text(zh="地图瓦片", en="tile"),
        "lineage": Text(zh="查看来历", en="lineage"),
        "quarantine": Text(zh="查看隔离行", en="quarantine"),
        "export": Text(zh="导出", en="export"),
        "sql": Text(zh="SQL 查询", en="SQL"),
        "run": Text(zh="模型运行", en="run"),
        "result": Text(zh="查看运行结果", en="result"),
        "import": Text(zh="导入", en="import"),
        "restore": Text(zh="恢复版本", en="restore"),
        "metadata": Text(zh="修改说明", en="change of description"),
        "delete": Text(zh="删除", en="delete"),
        "harvest": Text(zh="目录采集", en="harvest"),
        "contest": Text(zh="竞赛", en="contest"),
        "service": Text(zh="使用服务", en="use of a service"),
        "sign-in": Text(zh="登录", en="sign in"),
        "sign-in-failed": Text(zh="登录失败", en="failed sign-in"),
        "sign-out": Text(zh="退出", en="sign out"),
        "account": Text(zh="账户", en="account"),
        "organisation": Text(zh="单位", en="organisation"),
        "key": Text(zh="密钥", en="key"),
        "policy": Text(zh="规则", en="rule"),
        "request": Text(zh="申请", en="request"),
        "approval": Text(zh="审批", en="answer to a request"),
        "audit": Text(zh="查阅审计", en="audit"),
        "refused": Text(zh="被拒绝的请求", en="refused"),
    }
)
# What changes who may see the data, or looks at the log itself; all else takes, or tries to.
OF_MANAGEMENT: frozenset[Action] = frozenset(
    {
        "import",
        "restore",
        "metadata",
        "delete",
        "policy",
        "request",
        "approval",
        "audit",
        "account",
        "organisation",
        "key",
    }
)
VIAS: Mapping[Via, Text] = MappingProxyType(
    {
        "web": Text(zh="网页", en="page"),
        "ogc": Text(zh="OGC 接口", en="OGC API"),
        "mcp": Text(zh="AI 助手（MCP）", en="assistant (MCP)"),
        "cli": Text(zh="命令行", en="command line"),
        "python": Text(zh="Python", en="Python"),
        "sql": Text(zh="SQL", en="SQL"),
        "run": Text(zh="模型运行", en="run"),
        "export": Text(zh="导出", en="export"),
    }
)
SHARING: Mapping[SharingType, Text] = MappingProxyType(
    {
        "unconditional": Text(zh="无条件共享", en="shared unconditionally"),
        "conditional": Text(zh="有条件共享", en="shared on conditions"),
        "none": Text(zh="不予共享", en="not shared"),
    }
)
OPENING: Mapping[SharingType, Text] = MappingProxyType(
    {
        "unconditional": Text(zh="无条件开放", en="open to all"),
        "conditional": Text(zh="有条件开放", en="opened on conditions"),
        "none": Text(zh="不予开放", en="not opened"),
    }
)
LEVELS: Mapping[DataLevel, Text] = MappingProxyType(
    {
        "general": Text(zh="一般数据", en="general data (一般数据)"),
        "important": Text(zh="重要数据", en="important data (重要数据)"),
        "core": Text(zh="核心数据", en="core data (核心数据)"),
    }
)
ROLES: Mapping[Role, Text] = MappingProxyType(
    {
        "administrator": Text(zh="管理员", en="administrator"),
        "steward": Text(zh="数据管理员", en="steward"),
        "analyst": Text(zh="分析员", en="analyst"),
        "developer": Text(zh="开发员", en="developer"),
        "operator": Text(zh="运维员", en="operator"),
        "auditor": Text(zh="审计员", en="auditor"),
    }
)
KINDS: Mapping[OrganisationKind, Text] = MappingProxyType(
    {
        "department": Text(zh="部门", en="departments"),
        "district": Text(zh="城区", en="districts"),
        "company": Text(zh="企业", en="companies"),
        "public": Text(zh="公众", en="the public"),
    }
)
STATES: Mapping[State, Text] = MappingProxyType(
    {
        "requested": Text(zh="待审批", en="waiting"),
        "approved": Text(zh="已批准", en="approved"),
        "refused": Text(zh="已驳回", en="refused"),
        "withdrawn": Text(zh="已撤回", en="withdrawn"),
    }
)
CHANGES: Mapping[str, Text] = MappingProxyType(
    {
        "replace": Text(zh="整体更新", en="replaced"),
        "append": Text(zh="追加", en="appended"),
        "describe": Text(zh="修改说明", en="described anew"),
        "restore": Text(zh="恢复旧版", en="restored"),
    }
)
STATUSES: Mapping[str, Text] = MappingProxyType(
    {
        "successful": Text(zh="成功", en="successful"),
        "failed": Text(zh="失败", en="failed"),
        "dismissed": Text(zh="取消", en="dismissed"),
    }
)
# Why an access was allowed or denied, as `decide` names it; with a colon and the rule's id.
REASONS: Mapping[str, Text] = MappingProxyType(
    {
        "administrator": Text(zh="管理员", en="administrator"),
        "steward": Text(zh="数据管理方", en="steward"),
        "policy": Text(zh="规则", en="rule"),
        "type": Text(zh="共享类型", en="sharing type"),
        "purpose": Text(zh="未说明用途", en="no purpose"),
        "grade": Text(zh="第 4 级", en="grade 4"),
        "scope": Text(zh="密钥权限", en="scope of the key"),
        "auditor": Text(zh="审计员", en="auditor"),
    }
)
