"""One suite for every scenario: documents, example, reproducibility, infeasibility."""

import importlib
import json
import re
from pathlib import Path

import jsonschema
import pytest

from chengmo.ledger.digest import digest_of
from chengmo.model import ExampleCity
from chengmo.model.description import describe
from chengmo.model.discovery import discover_models

MODELS = discover_models()
HEADINGS = ["Question", "Decision", "Data", "Method", "Checks", "Limits"]


@pytest.fixture(params=sorted(MODELS))
def model(request):
    return MODELS[request.param]


@pytest.fixture
def folder(model):
    package = importlib.import_module(model.module.rsplit(".", 1)[0])
    return Path(package.__file__).parent


@pytest.fixture
def request_(model, folder):
    text = (folder / "example" / "request.json").read_text(encoding="utf-8")
    return model.request_type.model_validate_json(text)


@pytest.fixture
def city(folder):
    return ExampleCity.from_folder(folder / "example")


def test_the_readme_has_the_fixed_headings(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS


def test_the_datasets_documented_are_the_datasets_read(model, folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    data = text.split("## Data", 1)[1].split("\n## ", 1)[0]
    assert tuple(re.findall(r"^### (.+)$", data, re.MULTILINE)) == model.reads


def test_the_id_is_the_folder(model, folder):
    assert model.id == folder.name.replace("_", "-")


def test_the_example_gives_the_recorded_decision_twice(model, folder, request_, city):
    recorded = json.loads((folder / "example" / "decision.json").read_text(encoding="utf-8"))
    digests = {digest_of(model.decide(request_, city).model_dump(mode="json")) for _ in range(2)}
    assert digests == {digest_of(recorded)}


def test_the_decision_fits_its_schema(model, request_, city):
    decision = model.decide(request_, city).model_dump(mode="json")
    jsonschema.validate(decision, describe(model).decision_schema)


def test_every_input_is_described_with_limits_or_choices(model):
    for name, field in describe(model).request_schema["properties"].items():
        assert field.get("description"), name


def choices(schema, name="", labels=None):
    """Yield (path, value, labels) of each value that a form offers for choice."""
    labels = {**(labels or {}), **schema.get("x-labels", {})}
    for value in schema.get("enum", ()):
        yield name, value, labels
    for key, inner in schema.get("properties", {}).items():
        yield from choices(inner, f"{name}/{key}")
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        kinds = [one["const"] for one in option.get("properties", {}).values() if "const" in one]
        for value in kinds[:1] if "x-title" not in option else ():
            yield name, value, labels
        yield from choices(option, name, labels)
    if isinstance(schema.get("items"), dict):
        yield from choices(schema["items"], name, labels)


def unnamed(schema):
    """Return the choices without a name in both languages."""
    return [
        f"{name} {value!r}"
        for name, value, labels in choices(schema)
        if not all(labels.get(str(value), {}).get(language) for language in ("zh", "en"))
    ]


def test_every_choice_has_a_name_in_both_languages(model):
    assert unnamed(describe(model).request_schema) == []


def test_a_choice_without_a_name_is_found():
    both = {"zh": "甲", "en": "A"}
    listed = {"type": "array", "items": {"enum": ["a", "b"]}, "x-labels": {"a": both}}
    option = {"properties": {"kind": {"const": "c"}, "inner": {"enum": ["d"]}}}
    schema = {"properties": {"list": listed, "one": {"anyOf": [option]}}}
    assert unnamed(schema) == ["/list 'b'", "/one 'c'", "/one/inner 'd'"]


def test_every_word_that_colours_the_map_has_a_name_in_both_languages(model, request_, city):
    for layer in model.decide(request_, city).layers:
        column = next((one for one in layer.columns if one.key == layer.colour_by), None)
        values = {feature.properties.get(layer.colour_by) for feature in layer.features}
        words = {one for one in values if isinstance(one, str)}
        # Others are names of the data: a district, the number of a zone.
        coded = {one for one in words if re.fullmatch(r"[a-z][a-z-_]+", one)}
        assert column is not None or not coded
        assert coded <= set(column.labels if column else ()), layer.key


def test_the_schemas_stand_alone(model):
    described = describe(model)
    for schema in (described.request_schema, described.decision_schema):
        assert "$ref" not in json.dumps(schema)


def test_a_decision_says_so_when_its_data_are_synthetic(model, request_, city):
    caveats = " ".join(text.en for text in model.decide(request_, city).caveats).lower()
    assert "synthetic" in caveats


def test_the_datasets_of_a_request_are_the_declared_and_the_named(model, request_):
    assert set(model.reads) <= set(model.datasets_of(request_))
