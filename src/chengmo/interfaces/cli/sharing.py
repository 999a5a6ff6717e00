"""`chengmo policy …` and `chengmo request …`: who may use which data, and asking for them."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chengmo.interfaces.cli.language import of, say
from chengmo.interfaces.cli.output import print_facts, print_json, print_table, print_told
from chengmo.interfaces.cli.session import Session, json_option, pass_session, place_options

if TYPE_CHECKING:
    from chengmo.identity import Actor
    from chengmo.sharing.decision import Verdict
    from chengmo.sharing.request import SharingRequest


@click.group("policy", help=say("共享规则：谁可用哪些数据。", "Rules: who may use which data."))
def policy_command() -> None:
    """Do nothing by itself."""


@policy_command.command("list", help=say("列出规则。", "List the policies."))
@place_options
@json_option
@pass_session
def list_policies(session: Session, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List the policies about data in one's care."""
    found = session.platform.sharing.policies_of(session.actor)
    if as_json:
        print_json([each.model_dump(mode="json") for each in found])
        return
    headings = [
        say("标识", "id"),
        say("数据", "dataset"),
        say("效果", "effect"),
        say("名称", "title"),
    ]
    rows = [[each.id, each.dataset, each.effect, of(each.title)] for each in found]
    print_table(headings, rows)


@policy_command.command("show", help=say("查看一条规则。", "Show a policy."))
@click.argument("policy")
@place_options
@pass_session
def show_policy(session: Session, policy: str) -> None:
    """Print a policy as it can be stated again."""
    session.check("administer")
    print_json(session.platform.sharing.policies.get(policy).model_dump(mode="json"))


@policy_command.command(
    "put", help=say("写入规则（JSON 文件）。", "State policies from a JSON file.")
)
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@place_options
@json_option
@pass_session
def put_policies(session: Session, path: Path, *, as_json: bool) -> None:
    """State the policy, or the list of policies, in a file."""
    from chengmo.errors import InvalidRequest
    from chengmo.interfaces.cli.policy_file import read_policies

    try:
        policies = read_policies(path.read_bytes())
    except (ValueError, OSError) as error:
        raise InvalidRequest(
            f"{path.name}: {error}", hint="see docs/how-to/share-data.md"
        ) from error
    for policy in policies:
        session.platform.sharing.state(policy, session.actor, "cli")
        if not as_json:
            click.echo(say(f"已写入 {policy.id}", f"stated {policy.id}"))
    if as_json:
        print_json([each.model_dump(mode="json") for each in policies])


@policy_command.command("remove", help=say("撤回规则。", "Take a policy back."))
@click.argument("policy")
@place_options
@json_option
@pass_session
def remove_policy(session: Session, policy: str, *, as_json: bool) -> None:
    """Take a policy back; what it said stays in the history."""
    session.platform.sharing.take_back(policy, session.actor, "cli")
    said = say(f"已撤回 {policy}", f"took {policy} back")
    print_told(said, {"policy": policy, "removed": True}, as_json=as_json)


@policy_command.command("history", help=say("规则的历次变更。", "Every change of the policies."))
@click.argument("policy", required=False)
@place_options
@json_option
@pass_session
def policy_history(session: Session, policy: str | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List changes, oldest first."""
    session.check("administer")
    changes = session.platform.sharing.policies.history(policy)
    if as_json:
        print_json(
            [
                {
                    "sequence": each.sequence,
                    "policy": each.policy,
                    "stated": each.stated and each.stated.model_dump(mode="json"),
                    "actor": each.actor,
                    "time_utc": each.time_utc,
                }
                for each in changes
            ]
        )
        return
    print_table(
        [
            "#",
            say("规则", "policy"),
            say("变更", "change"),
            say("何人", "who"),
            say("何时", "when"),
        ],
        [
            [
                each.sequence,
                each.policy,
                say("撤回", "taken back") if each.stated is None else say("写入", "stated"),
                each.actor,
                each.time_utc,
            ]
            for each in changes
        ],
    )


@policy_command.command(
    "explain",
    help=say("说明某人能否使用某数据及缘由。", "Say whether somebody may use data, and why."),
)
@click.argument("who")
@click.argument("dataset")
@click.argument("purpose")
@place_options
@json_option
@pass_session
def explain_policy(session: Session, who: str, dataset: str, purpose: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Decide as for WHO (an account, or `anonymous`), without reading anything."""
    session.check("administer")
    found = session.platform.catalog.dataset(dataset)
    view = session.platform.sharing.view(_actor(session, who), purpose, "cli")
    verdict = view.verdict(found)
    # What is decided about somebody tells who may see what: on record, with whom it is about.
    session.note("policy", dataset, what=f"explain {who} {purpose}")
    if as_json:
        print_json(_plain(verdict))
        return
    said = say("允许", "allowed") if verdict.allowed else say("不允许", "denied")
    treated = "; ".join(of(words) for words in verdict.treatment.words())
    print_facts(
        [
            (say("结论", "verdict"), said),
            (say("缘由", "reason"), of(verdict.reason)),
            (say("规则", "policy"), verdict.policy),
            (say("处理", "treatment"), treated),
            (say("每日行数", "rows a day"), verdict.rows_per_day),
        ]
    )
    if verdict.considered:
        click.echo()
        print_table(
            [say("规则", "policy"), say("适用", "applies"), say("缘由", "because")],
            [
                [
                    each.policy,
                    say("是", "yes") if each.applies else say("否", "no"),
                    of(each.because),
                ]
                for each in verdict.considered
            ],
        )


def _actor(session: Session, who: str) -> "Actor":
    from chengmo.identity import ANONYMOUS

    return ANONYMOUS if who == ANONYMOUS.id else session.platform.people.actor_of_account(who)


def _plain(verdict: "Verdict") -> dict[str, Any]:
    return {
        "allowed": verdict.allowed,
        "slug": verdict.slug,
        "reason": verdict.reason.model_dump(),
        "policy": verdict.policy,
        "treatment": verdict.treatment.model_dump(mode="json"),
        "rows_per_day": verdict.rows_per_day,
        "considered": [
            {"policy": each.policy, "applies": each.applies, "because": each.because.model_dump()}
            for each in verdict.considered
        ],
    }


@click.group("request", help=say("申请使用数据：申请、审批。", "Requests for data, and answers."))
def request_command() -> None:
    """Do nothing by itself."""


@request_command.command("make", help=say("申请使用一个数据。", "Ask for a dataset."))
@click.argument("dataset")
@click.option("--purpose", required=True, help=say("用途（一个词）", "One word for the use"))
@click.option("--reason", required=True, help=say("理由", "Why"))
@click.option(
    "--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help=say("使用截止日", "Last day")
)
@place_options
@json_option
@pass_session
def make_request(session: Session, dataset: str, *, until: datetime, **asked: Any) -> None:
    """Ask the steward of a dataset."""
    from chengmo.sharing.decision import CHINA
    from chengmo.sharing.request import Wish

    # That day included, as on the page.
    end = until.replace(tzinfo=CHINA) + timedelta(days=1)
    wish = Wish(dataset=dataset, purpose=asked["purpose"], reason=asked["reason"], until=end)
    made = session.platform.sharing.ask(wish, session.actor, "cli")
    print_told(made.id, made.model_dump(mode="json"), as_json=asked["as_json"])


@request_command.command("list", help=say("列出申请。", "List requests."))
@place_options
@json_option
@pass_session
def list_requests(session: Session, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List one's own requests and those one may answer, newest first."""
    found = session.platform.sharing.requests_of(session.actor)
    if as_json:
        print_json([json.loads(each.model_dump_json()) for each in found])
        return
    print_table(
        ["id", say("数据", "dataset"), say("用途", "purpose"), say("申请人", "who"),
         say("截止", "until"), say("状态", "state")],
        [[each.id, each.wish.dataset, each.wish.purpose, each.actor,
          each.wish.until.date().isoformat(), each.state] for each in found],
    )  # fmt: skip


@request_command.command("approve", help=say("批准申请。", "Grant a request."))
@click.argument("request")
@click.option("--comment", default="", help=say("说明", "What to say to it"))
@click.option(
    "--treatment",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=say("处理方式（JSON 文件）", "JSON file that says what is done to the data first"),
)
@place_options
@json_option
@pass_session
def approve_request(
    session: Session, request: str, comment: str, treatment: Path | None, *, as_json: bool
) -> None:
    """Make the policy that a request asks for."""
    from chengmo.catalog.treatment import Treatment
    from chengmo.errors import InvalidRequest

    try:
        how = (
            Treatment()
            if treatment is None
            else Treatment.model_validate_json(treatment.read_bytes())
        )
    except ValueError as error:
        raise InvalidRequest(f"the treatment cannot be read: {error}") from error
    answered = session.platform.sharing.approve(
        request, session.actor, "cli", treatment=how, comment=comment
    )
    _tell(answered, as_json=as_json)


@request_command.command("refuse", help=say("驳回申请。", "Refuse a request."))
@click.argument("request")
@click.option("--comment", default="", help=say("说明", "What to say to it"))
@place_options
@json_option
@pass_session
def refuse_request(session: Session, request: str, comment: str, *, as_json: bool) -> None:
    """Say no."""
    refused = session.platform.sharing.refuse(request, session.actor, "cli", comment=comment)
    _tell(refused, as_json=as_json)


@request_command.command("withdraw", help=say("撤回自己的申请。", "Take back one's own request."))
@click.argument("request")
@place_options
@json_option
@pass_session
def withdraw_request(session: Session, request: str, *, as_json: bool) -> None:
    """Take it back before it is answered."""
    withdrawn = session.platform.sharing.withdraw(request, session.actor, "cli")
    _tell(withdrawn, as_json=as_json)


def _tell(request: "SharingRequest", *, as_json: bool) -> None:
    said = f"{request.id}: {request.state}"
    print_told(said, request.model_dump(mode="json"), as_json=as_json)
