"""The platform as an assistant meets it, through the protocol's own client."""

import json
import os
import sys
from contextlib import asynccontextmanager

import anyio
import jsonschema
import mcp_types as types
import pytest
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError
from starlette.testclient import TestClient

from chengmo.app import open_platform
from chengmo.audit import AuditQuery
from chengmo.identity import ANONYMOUS, LOCAL_ADMINISTRATOR, NewAccount
from chengmo.interfaces.mcp import http_app, make_server

STRANGER = ANONYMOUS


@pytest.fixture
def ask(platform):
    """Ask over the protocol: `ask(lambda client: client.list_tools())`."""

    def over(question, actor=None):
        async def talk():
            server = make_server(platform, actor or LOCAL_ADMINISTRATOR)
            async with Client(server) as client:
                # Raised outside of the client's task group, which would wrap it.
                try:
                    return await question(client)
                except MCPError as error:
                    return error

        answer = anyio.run(talk)
        if isinstance(answer, MCPError):
            raise answer
        return answer

    return over


def test_every_model_is_a_tool_with_its_own_schema(ask, platform):
    tools = {tool.name: tool for tool in ask(lambda client: client.list_tools()).tools}
    assert tools.keys() == {"read_rows", "ask_in_sql", *platform.models}
    for tool in tools.values():
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        assert tool.description
    assert tools["count-residents"].input_schema["properties"]["least"]["minimum"] == 0
    assert tools["read_rows"].annotations.read_only_hint


def test_a_model_decides_and_the_answer_can_be_checked(ask, platform):
    heard = []

    async def question(client):
        async def hear(progress, total, message):
            heard.append((progress, total, message))

        return await client.call_tool("count-residents", {"least": 50}, progress_callback=hear)

    result = ask(question)
    assert not result.is_error
    answer = result.structured_content
    assert json.loads(result.content[0].text) == answer
    assert answer["decision"]["residents"] == sum(range(50, 100))
    record = platform.runs.result(answer["run"])
    assert record.decision_digest == answer["digest"]
    assert record.purpose == "assistant"
    assert answer["datasets"] == {"people": 1}
    assert heard[-1][:2] == (1.0, 1.0)


def test_a_request_that_does_not_fit_says_which_field_and_why(ask):
    result = ask(lambda client: client.call_tool("count-residents", {"least": -1}))
    assert result.is_error
    assert "/least" in result.content[0].text


def test_a_model_that_fails_is_told_with_its_run(ask):
    result = ask(lambda client: client.call_tool("make-trouble", {"kind": "raise"}))
    assert result.is_error
    assert "KeyError" in result.content[0].text


def test_an_unknown_tool_is_an_error_of_the_protocol(ask):
    with pytest.raises(MCPError, match="nothing-like-it"):
        ask(lambda client: client.call_tool("nothing-like-it", {}))


def test_rows_are_read_page_by_page(ask):
    asked = {"dataset": "people", "where": [{"column": "residents", "op": ">=", "value": 40}]}
    seen, after = [], None
    while True:
        page = {**asked, "limit": 25, **({"after_row": after} if after else {})}
        answer = ask(lambda client, page=page: client.call_tool("read_rows", page))
        content = answer.structured_content
        assert (content["licence"], content["synthetic"]) == ("CC0-1.0", True)
        seen += [row["residents"] for row in content["rows"]]
        after = content["next_after_row"]
        if after is None:
            break
    assert sorted(seen) == [*range(40, 100)]


def test_rows_come_with_their_shapes_where_asked(ask):
    asked = {"dataset": "people", "bbox": [114, 30.3, 114.001, 30.301], "with_geometry": True}
    (row,) = ask(lambda client: client.call_tool("read_rows", asked)).structured_content["rows"]
    assert json.loads(row["_geometry"]) == {"type": "Point", "coordinates": [114.0, 30.3]}
    assert row["opened"] == "2024-05-01"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"dataset": "nobody"}, "nobody"),
        ({"dataset": "people", "columns": ["secret"]}, "secret"),
        ({"dataset": "people", "limit": 10_000}, "/limit"),
        ({"dataset": "people", "sql": "DROP TABLE people"}, "/sql"),
        ({"dataset": "people", "where": [{"column": "residents", "op": ";", "value": 1}]}, "op"),
        ({"dataset": "people", "bbox": [0, 1, 0, 0]}, "south"),
    ],
)
def test_a_question_that_makes_no_sense_is_explained(ask, asked, said):
    result = ask(lambda client: client.call_tool("read_rows", asked))
    assert result.is_error
    assert said in result.content[0].text


@pytest.mark.slow
def test_a_question_in_sql_is_answered_and_stands_in_the_audit(ask, platform):
    asked = {"query": 'SELECT count(*) AS n FROM "people"', "purpose": "planning"}
    answer = ask(lambda client: client.call_tool("ask_in_sql", asked)).structured_content
    assert (answer["rows"], answer["treated"]) == ([[100]], [])
    (entry, *_) = platform.audit.search(AuditQuery(dataset="people", action="sql"))
    assert (entry.access.purpose, entry.access.detail["by"]) == ("planning", "mcp")
    many = {"query": 'SELECT * FROM "people", "people" AS b', "purpose": "planning"}
    result = ask(lambda client: client.call_tool("ask_in_sql", many))
    assert result.is_error
    assert "1000 rows" in result.content[0].text.replace(",", "").replace(" 000", "000")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"query": "SELECT 1"}, "/purpose"),
        ({"query": "SELECT 1", "purpose": "Two words"}, "/purpose"),
        ({"query": "DROP TABLE people", "purpose": "planning"}, "SELECT"),
        ({"query": "SELECT * FROM nobody", "purpose": "planning"}, "nobody"),
    ],
)
def test_a_question_in_sql_that_cannot_be_asked_is_explained(ask, asked, said):
    result = ask(lambda client: client.call_tool("ask_in_sql", asked))
    assert result.is_error
    assert said in result.content[0].text


def test_datasets_are_resources_that_describe_themselves(ask):
    (listed,) = ask(lambda client: client.list_resources()).resources
    assert (listed.name, listed.uri) == ("people", "chengmo://datasets/people")
    (content,) = ask(lambda client: client.read_resource(listed.uri)).contents
    described = json.loads(content.text)
    assert described["row_count"] == 100
    assert described["synthetic"] is True
    (residents,) = [one for one in described["columns"] if one["name"] == "residents"]
    assert residents["unit"] == "person"


@pytest.mark.parametrize("uri", ["chengmo://datasets/nobody", "file:///etc/passwd"])
def test_what_is_no_dataset_cannot_be_read(ask, uri):
    with pytest.raises(MCPError):
        ask(lambda client: client.read_resource(uri))


def test_who_may_not_see_a_dataset_gets_nothing_of_it(ask):
    assert ask(lambda client: client.list_resources(), STRANGER).resources == []
    with pytest.raises(MCPError):
        ask(lambda client: client.read_resource("chengmo://datasets/people"), STRANGER)
    for name, asked in (("read_rows", {"dataset": "people"}), ("count-residents", {"least": 1})):
        result = ask(lambda client, n=name, a=asked: client.call_tool(n, a), STRANGER)
        assert result.is_error
        assert 'residents":' not in result.content[0].text


def test_the_addresses_of_datasets_are_told_and_a_wrong_one_is_named(ask):
    (template,) = ask(lambda client: client.list_resource_templates()).resource_templates
    assert template.uri_template == "chengmo://datasets/{id}"
    with pytest.raises(MCPError) as told:
        ask(lambda client: client.read_resource("chengmo://datasets/nobody"))
    assert told.value.error.data == {"uri": "chengmo://datasets/nobody"}


@pytest.mark.parametrize(
    ("headers", "status"), [({"Origin": "http://elsewhere.example"}, 403), ({"Host": "evil"}, 421)]
)
def test_a_page_elsewhere_cannot_ask_over_http(platform, headers, status):
    question = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    with TestClient(http_app(platform), base_url="http://127.0.0.1:8000") as client:
        accepted = {"Accept": "application/json, text/event-stream"}
        assert client.post("/mcp", json=question, headers=accepted).status_code == 200
        refused = client.post("/mcp", json=question, headers={**accepted, **headers})
    assert refused.status_code == status


@asynccontextmanager
async def over_http(home):
    command = [sys.executable, "-m", "chengmo", "mcp", "--port", "0", "--home", str(home)]
    async with await anyio.open_process(
        command, env={**os.environ, "CHENGMO_LANG": "en"}, stderr=None
    ) as process:
        line = (await process.stdout.receive()).decode()
        async with Client(line.split()[-1]) as client:
            yield client
        process.terminate()


@asynccontextmanager
async def over_stdio(home):
    command = ["-m", "chengmo", "mcp", "--home", str(home)]
    server = StdioServerParameters(
        command=sys.executable, args=command, env={**os.environ, "CHENGMO_LANG": "zh"}
    )
    async with Client(server) as client:
        yield client


@pytest.mark.slow
@pytest.mark.parametrize("transport", [over_http, over_stdio])
def test_both_ways_of_the_command_answer(platform, home, transport):
    async def talk():
        async with transport(home) as client:
            tools = await client.list_tools()
            rows = await client.call_tool("read_rows", {"dataset": "people", "limit": 3})
            return tools, rows

    tools, rows = anyio.run(talk)
    assert "read_rows" in {tool.name for tool in tools.tools}
    assert len(rows.structured_content["rows"]) == 3


@pytest.mark.slow
def test_over_http_each_request_is_answered_for_who_sends_it(tmp_path, copy_of_home):
    with open_platform(home=copy_of_home(tmp_path / "home"), work=False) as platform:
        people = platform.people
        root = NewAccount(id="root", roles=frozenset({"administrator"}))
        people.add_account(root, password="three bridges over han")
        reading, running = (
            people.make_key("root", name="k", scopes=frozenset({scope}))[1]
            for scope in ("read", "run")
        )

        def answer(**credentials):
            question = {"name": "canteen-siting", "arguments": {}}
            return client.post(
                "/mcp",
                json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": question},
                headers={"Accept": "application/json, text/event-stream", **credentials},
            )

        with TestClient(http_app(platform), base_url="http://127.0.0.1:8000") as client:
            assert "this needs an account" in answer().text
            assert "may not be used for 'run'" in answer(Authorization=f"Bearer {reading}").text
            assert "no dataset" in answer(Authorization=f"Bearer {running}").text
            refused = answer(Authorization="Bearer nonsense")
            assert (refused.status_code, refused.headers["www-authenticate"][:6]) == (401, "Bearer")


def test_each_model_has_a_prompt_that_says_how_to_ask_it(ask, platform):
    prompts = {one.name: one for one in ask(lambda client: client.list_prompts()).prompts}
    assert prompts.keys() == {"look-at-data", *platform.models}
    known = {"known": "at least ten residents"}
    asked = ask(lambda client: client.get_prompt("count-residents", known))
    (message,) = asked.messages
    for said in ("count-residents", "at least ten residents", "people", "caveats"):
        assert said in message.content.text
    looked = ask(lambda client: client.get_prompt("look-at-data", {"dataset": "people"}))
    assert "chengmo://datasets/people" in looked.messages[0].content.text


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("no-such", {}, "no prompt"),
        ("look-at-data", {}, "missing"),
        ("look-at-data", {"dataset": "people", "x": "1"}, "no argument"),
    ],
)
def test_a_prompt_that_cannot_be_had_is_an_error_with_the_way_out(ask, name, arguments, said):
    with pytest.raises(MCPError, match=said):
        ask(lambda client: client.get_prompt(name, arguments))


def test_the_ids_of_datasets_are_completed_as_far_as_one_may_see_them(ask):
    prompt = types.PromptReference(name="look-at-data")
    template = types.ResourceTemplateReference(uri="chengmo://datasets/{id}")

    def values(reference, name, typed, actor=None):
        argument = {"name": name, "value": typed}
        return ask(lambda client: client.complete(reference, argument), actor).completion.values

    assert values(prompt, "dataset", "pe") == ["people"]
    assert values(template, "id", "") == ["people"]
    assert values(template, "id", "x") == values(prompt, "other", "pe") == []
    assert values(template, "id", "", STRANGER) == []
