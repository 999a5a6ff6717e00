"""A problem as a page: what happened, why, and the way out, for who reads it in a browser.

It says what the problem document says and nothing more. Like the other pages it loads one style
sheet from this server and runs nothing.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import HTTPConnection

from chengmo.interfaces.markup import Child, anchor, tag
from chengmo.interfaces.problem import ERRORS_PAGE, Problem
from chengmo.interfaces.versioned import address_of, site_of
from chengmo.model import Text

_NAME = Text(zh="城模", en="Chengmo")
_MAP = Text(zh="回到地图", en="Back to the map")
_START = Text(zh="首页", en="Start page")
_SIGN_IN = Text(zh="登录", en="Sign in")
_OTHER_ACCOUNT = Text(zh="换一个账户登录", en="Sign in as somebody else")
_ASK = Text(zh="申请使用这些数据", en="Ask for these data")
_RULES = Text(zh="查看谁可以用什么", en="See who may use what")
_DATA = Text(zh="全部数据", en="All the data")
_MODELS = Text(zh="全部模型", en="All the models")
_RUNS = Text(zh="全部运行", en="All the runs")
_AGAIN = Text(zh="再试一次", en="Try again")
_WAY_OUT = Text(zh="怎么办", en="What to do")
_MEANING = Text(zh="这类问题的说明", en="About problems of this kind")
_FIELDS = Text(zh="需要改正的地方", en="What is to be put right")
_NOT_SIGNED_IN, _FORBIDDEN, _NOT_FOUND, _FAILED = 401, 403, 404, 500
_ACCOUNT = "/app/account.html"
_CATALOGUE = "/app/sharing.html#catalogue"
_LISTS = {
    "no-such-process": ("/processes?f=html", _MODELS),
    "no-such-job": ("/jobs?f=html", _RUNS),
}


def problem_page(connection: HTTPConnection, problem: Problem, language: str) -> bytes:
    """Return `problem` as a page in `language` (`zh` or `en`), as UTF-8 HTML."""
    base, site = str(connection.base_url).rstrip("/"), site_of(connection)

    def say(text: Text) -> str:
        return text.zh if language == "zh" else text.en

    members = problem.document(language=language)
    title = str(members["title"])
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="robots", content="noindex"),
        tag("title", f"{title} · {say(_NAME)}"),
        tag("link", rel="icon", href=f"{site}/app/seal.svg"),
        tag("link", rel="stylesheet", href=f"{site}/app/styles/tokens.css"),
        tag("link", rel="stylesheet", href=f"{site}/app/styles/reading.css"),
    )
    hint = str(members.get("hint", ""))
    ways = [
        tag("li", anchor(address_of(path, base=base, site=site), say(word)))
        for path, word in _ways(connection, problem)
    ]
    meaning = f"{base}{ERRORS_PAGE}?f=html#{problem.kind.slug}"
    content = tag(
        "main",
        tag("p", str(problem.kind.status), class_="status"),
        tag("h1", title),
        tag("p", str(members["detail"]), class_="lead"),
        _faults(say(_FIELDS), members.get("errors")),
        tag("section", tag("h2", say(_WAY_OUT)), tag("p", hint) if hint else None,
            tag("ul", ways, class_="links")),
        tag("p", anchor(meaning, say(_MEANING)), class_="quiet"),
        id="content",
    )  # fmt: skip
    other, label = ("en", "English") if language == "zh" else ("zh", "中文")
    top = tag(
        "header",
        anchor(f"{site}/app/", say(_NAME), class_="name"),
        tag("nav", tag("ul", tag("li", anchor(f"{base}/?f=html", say(_START))))),
        anchor(_in_language(connection, other), label, class_="language", lang=other),
    )
    whole = tag("html", head, tag("body", top, content), lang="zh-CN" if language == "zh" else "en")
    return f"<!doctype html>\n{whole}\n".encode("utf-8", "backslashreplace")


def _faults(heading: str, errors: object) -> Child:
    if not isinstance(errors, list):
        return None
    items = [tag("li", tag("code", one["pointer"]), " ", one["detail"]) for one in errors]
    return tag("section", tag("h2", heading), tag("ul", items))


def _ways(connection: HTTPConnection, problem: Problem) -> Sequence[tuple[str, Text]]:
    """Return where one can go from here, what helps most before."""
    status, slug = problem.kind.status, problem.kind.slug
    ways: list[tuple[str, Text]] = []
    if status == _NOT_SIGNED_IN:
        ways.append((_ACCOUNT, _SIGN_IN))
    elif slug == "sharing-denied":
        ways += [(_CATALOGUE, _ASK), ("/app/sharing.html", _RULES), (_ACCOUNT, _OTHER_ACCOUNT)]
    elif status == _FORBIDDEN:
        ways.append((_ACCOUNT, _OTHER_ACCOUNT))
    elif status == _NOT_FOUND:
        named = problem.kind.type.rsplit("/", 1)[-1]
        ways.append(_LISTS.get(named, ("/collections?f=html", _DATA)))
    elif status >= _FAILED:
        ways.append((_here(connection), _AGAIN))
    return [*ways, ("/app/", _MAP)]


def _here(connection: HTTPConnection) -> str:
    path = connection.url.path.removeprefix(connection.scope.get("root_path", ""))
    return f"{path}?{connection.url.query}" if connection.url.query else path


def _in_language(connection: HTTPConnection, language: str) -> str:
    pairs = [pair for pair in connection.query_params.multi_items() if pair[0] != "lang"]
    return f"?{urlencode([*pairs, ('lang', language)])}"
