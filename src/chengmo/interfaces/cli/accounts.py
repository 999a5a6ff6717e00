"""`chengmo account | organisation | key`: who may sign in, and with what.

The command line acts as this machine's administrator: whoever can read and write the platform's
files owns what is in them, whatever a table in them says. With `CHENGMO_KEY` set it acts as that
key, no farther.
"""

import json
import sys
from typing import TYPE_CHECKING, Any, get_args

import click

from chengmo.errors import RequestError
from chengmo.identity.actor import OrganisationKind, Role, Scope
from chengmo.interfaces.cli.language import say
from chengmo.interfaces.cli.output import print_json, print_table, print_told
from chengmo.interfaces.cli.session import Session, json_option, pass_session, place_options

if TYPE_CHECKING:
    from chengmo.identity import Account, People

role_option = click.option(
    "--role", "roles", multiple=True, type=click.Choice(get_args(Role)),
    help=say("角色，可多次给出", "A role; may be given several times"),
)  # fmt: skip
password_option = click.option(
    "--password-stdin", is_flag=True,
    help=say("从标准输入读取密码", "Read the password from standard input"),
)  # fmt: skip
temporary_option = click.option(
    "--temporary", is_flag=True,
    help=say("首次登录须更换，一周内有效", "To be replaced at the first sign-in, within a week"),
)  # fmt: skip
name_argument = click.argument("name", metavar="NAME")


@click.group("account", help=say("账户：谁可以登录。", "Accounts: who may sign in."))
def account_command() -> None:
    """Group what can be done with accounts."""


@account_command.command("add", help=say("新建账户。", "Add an account."))
@name_argument
@click.option("--name", "display_name", default="", help=say("显示名称", "Name to show"))
@role_option
@click.option("--organisation", help=say("所属机构", "Its organisation"))
@click.option("--service", is_flag=True, help=say("程序账户，只用密钥", "For a program: keys only"))
@click.option("--no-password", is_flag=True, help=say("暂不设密码", "Set no password yet"))
@password_option
@temporary_option
@place_options
@json_option
@pass_session
def add_account(session: Session, name: str, **asked: Any) -> None:
    """Add an account, with a password unless it is a program's."""
    people = _administer(session)
    new = _new_account(name, asked)
    without = asked["service"] or asked["no_password"]
    password = None if without else _ask_password(from_stdin=asked["password_stdin"])
    made = people.add_account(new, password=password, temporary=asked["temporary"])
    _tell_account(made, as_json=asked["as_json"])


def _new_account(name: str, asked: dict[str, Any]) -> Any:
    from pydantic import ValidationError

    from chengmo.identity import NewAccount

    try:
        return NewAccount(
            id=name,
            name=asked["display_name"],
            roles=frozenset(asked["roles"]),
            organisation=asked["organisation"],
            kind="service" if asked["service"] else "person",
        )
    except ValidationError as error:
        raise _misnamed(error) from error


@account_command.command("list", help=say("列出账户。", "List the accounts."))
@place_options
@json_option
@pass_session
def list_accounts(session: Session, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List every account."""
    found = _administer(session).accounts()
    if as_json:
        print_json([_plain(account) for account in found])
        return
    headings = [
        say("账户", "account"), say("名称", "name"), say("角色", "roles"),
        say("机构", "organisation"), say("状态", "state"), say("密码", "password"),
    ]  # fmt: skip
    print_table(
        headings,
        [
            (one.id, one.name, " ".join(sorted(one.roles)), one.organisation, one.state,
             one.has_password)
            for one in found
        ],
    )  # fmt: skip


@account_command.command("suspend", help=say("停用账户。", "Suspend an account."))
@name_argument
@place_options
@json_option
@pass_session
def suspend_account(session: Session, name: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Suspend an account: its sessions end."""
    _tell_account(_administer(session).suspend(name), as_json=as_json)


@account_command.command("resume", help=say("恢复账户。", "Let a suspended account in again."))
@name_argument
@place_options
@json_option
@pass_session
def resume_account(session: Session, name: str, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Let a suspended account in again."""
    _tell_account(_administer(session).resume(name), as_json=as_json)


@account_command.command("password", help=say("设置密码。", "Set a password."))
@name_argument
@password_option
@temporary_option
@place_options
@json_option
@pass_session
def set_password(
    session: Session,
    name: str,
    password_stdin: bool,  # noqa: FBT001 - click passes flags so
    temporary: bool,  # noqa: FBT001 - as above
    as_json: bool,  # noqa: FBT001 - as above
) -> None:
    """Set somebody's password; their sessions end."""
    people = _administer(session)
    people.account(name)
    password = _ask_password(from_stdin=password_stdin)
    _tell_account(people.set_password(name, password, temporary=temporary), as_json=as_json)


@account_command.command(
    "reset-factor", help=say("取消丢失的第二因素。", "Take a lost second factor away.")
)
@name_argument
@place_options
@json_option
@pass_session
def reset_factor(session: Session, name: str, *, as_json: bool) -> None:
    """Let somebody sign in without the second factor that they lost."""
    _administer(session).reset_second_factor(name)
    said = say(f"{name} 登录时不再需要验证码", f"{name} signs in without a code from now on")
    print_told(said, {"account": name, "second_factor": False}, as_json=as_json)


@account_command.command(
    "renew-factor-key",
    help=say("更换加密第二因素的密钥。", "Take a new key for the secrets of second factors."),
)
@place_options
@json_option
@pass_session
def renew_factor_key(session: Session, *, as_json: bool) -> None:
    """Seal every secret of a second factor under a new key; authenticators stay as they are."""
    _administer(session).renew_second_factor_key()
    print_told(say("已换用新密钥", "sealed under a new key"), {"renewed": True}, as_json=as_json)


@account_command.command("roles", help=say("给定角色，取代原有。", "Give exactly these roles."))
@name_argument
@role_option
@place_options
@json_option
@pass_session
def set_roles(session: Session, name: str, roles: tuple[Role, ...], as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Give an account exactly these roles; without one, none."""
    _tell_account(_administer(session).set_roles(name, frozenset(roles)), as_json=as_json)


@click.group("organisation", help=say("机构：部门、城区、企业、公众。", "Organisations."))
def organisation_command() -> None:
    """Group what can be done with organisations."""


@organisation_command.command("add", help=say("新建机构。", "Add an organisation."))
@name_argument
@click.option("--zh", required=True, help=say("中文名称", "Name in Chinese"))
@click.option("--en", required=True, help=say("英文名称", "Name in English"))
@click.option(
    "--kind", required=True, type=click.Choice(get_args(OrganisationKind)),
    help=say("部门、城区、企业或公众", "What it is"),
)  # fmt: skip
@click.option("--district", default="", help=say("所服务的城区", "District that it serves"))
@place_options
@json_option
@pass_session
def add_organisation(session: Session, name: str, **asked: Any) -> None:
    """Add an organisation."""
    from pydantic import ValidationError

    from chengmo.identity import Organisation

    people = _administer(session)
    try:
        new = Organisation(
            id=name, name_zh=asked["zh"], name_en=asked["en"], kind=asked["kind"],
            district=asked["district"],
        )  # fmt: skip
    except ValidationError as error:
        raise _misnamed(error) from error
    added = people.add_organisation(new)
    if asked["as_json"]:
        print_json(_plain(added))
    else:
        click.echo(say(f"已新建机构 {name}", f"organisation {name} was added"))


@organisation_command.command("list", help=say("列出机构。", "List the organisations."))
@place_options
@json_option
@pass_session
def list_organisations(session: Session, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List every organisation."""
    found = _administer(session).organisations()
    if as_json:
        print_json([_plain(one) for one in found])
        return
    headings = ["id", "中文", "English", say("类别", "kind"), say("城区", "district")]
    rows = [(one.id, one.name_zh, one.name_en, one.kind, one.district) for one in found]
    print_table(headings, rows)


@click.group("key", help=say("密钥：供程序使用。", "Keys, for programs."))
def key_command() -> None:
    """Group what can be done with keys."""


@key_command.command("add", help=say("新建密钥，只显示一次。", "Make a key; it is shown once."))
@click.argument("account", metavar="ACCOUNT")
@click.option("--name", required=True, help=say("用途", "What it is for"))
@click.option(
    "--scope", "scopes", multiple=True, default=("read",), show_default=True,
    type=click.Choice(get_args(Scope)),
    help=say("可以做什么，可多次给出", "What it may be used for; may be given several times"),
)  # fmt: skip
@click.option("--days", default=90, show_default=True, help=say("有效天数", "Days it is valid"))
@place_options
@json_option
@pass_session
def add_key(session: Session, account: str, **asked: Any) -> None:
    """Make a key for an account."""
    scopes = frozenset[Scope](asked["scopes"])
    made, key = _administer(session).make_key(
        account, name=asked["name"], scopes=scopes, days=asked["days"]
    )
    if asked["as_json"]:
        print_json({**_plain(made), "key": key})
        return
    click.echo(key)
    ends = made.expires_utc[:10]
    click.echo(
        say(
            f"请现在保存：不会再显示；{ends} 到期",
            f"keep it now: it is not shown again; ends {ends}",
        ),
        err=True,
    )


@key_command.command("list", help=say("列出密钥。", "List the keys."))
@click.argument("account", metavar="[ACCOUNT]", required=False)
@place_options
@json_option
@pass_session
def list_keys(session: Session, account: str | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List the keys of an account, or of all."""
    found = _administer(session).keys(account)
    if as_json:
        print_json([_plain(key) for key in found])
        return
    headings = [
        say("前缀", "prefix"), say("账户", "account"), say("用途", "name"), say("范围", "scopes"),
        say("到期", "ends"), say("最近使用", "used"), say("已吊销", "revoked"),
    ]  # fmt: skip
    print_table(
        headings,
        [
            (one.prefix, one.account, one.name, " ".join(sorted(one.scopes)), one.expires_utc[:10],
             (one.used_utc or "")[:16] or None, one.revoked_utc is not None)
            for one in found
        ],
    )  # fmt: skip


@key_command.command("revoke", help=say("吊销密钥。", "Revoke a key for good."))
@click.argument("prefix", metavar="PREFIX")
@place_options
@json_option
@pass_session
def revoke_key(session: Session, prefix: str, *, as_json: bool) -> None:
    """Revoke a key."""
    _administer(session).revoke_key(prefix)
    said = say(f"已吊销 {prefix}", f"{prefix} was revoked")
    print_told(said, {"prefix": prefix, "revoked": True}, as_json=as_json)


def _administer(session: Session) -> "People":
    session.check("administer")
    return session.people


def _ask_password(*, from_stdin: bool) -> str:
    # Never an argument: other people on this machine see those.
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise RequestError(
            say("没有终端可以输入密码", "there is no terminal to type a password on"),
            hint="--password-stdin",
        )
    return click.prompt(
        say("密码", "Password"), hide_input=True, confirmation_prompt=say("再输一次", "Once more")
    )


def _tell_account(account: "Account", *, as_json: bool) -> None:
    if as_json:
        print_json(_plain(account))
        return
    roles = " ".join(sorted(account.roles)) or say("无角色", "no role")
    click.echo(f"{account.id}  {account.name}  {roles}  {account.state}")


def _plain(value: Any) -> "dict[str, Any]":
    plain: dict[str, Any] = json.loads(value.model_dump_json())
    # Sets have no order of their own.
    return {name: sorted(each) if isinstance(each, list) else each for name, each in plain.items()}


def _misnamed(error: Any) -> RequestError:
    first = error.errors(include_url=False, include_input=False)[0]
    return RequestError(
        f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}",
        hint="lower-case letters, digits, dots and hyphens, such as wang.wu",
    )
