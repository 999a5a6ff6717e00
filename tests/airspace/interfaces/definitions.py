"""The published definitions of the doors for automated tests, to hold answers against."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from openapi_schema_validator import OAS30Validator

PUBLISHED = Path(__file__).with_name("published")
FILES = {
    "/flight_planning/v1": "flight_planning/v1/flight_planning.yaml",
    "/geospatial_map/v1": "geospatial_map/v1/geospatial_map.yaml",
    "/geo-awareness/v1": "geo-awareness/v1/geo-awareness.yaml",
    "/versioning": "versioning/versioning.yaml",
    "/rid/injection/v1": "rid/v1/injection.yaml",
    "/rid/observation/v1": "rid/v1/observation.yaml",
}


@cache
def load(file: Path) -> Any:
    return yaml.load(file.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def whole(schema: Any, file: Path) -> Any:
    """A schema with all it refers to in place of the references."""
    if isinstance(schema, list):
        return [whole(each, file) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        where, _, path = schema["$ref"].partition("#/")
        target = file if not where else (file.parent / where).resolve()
        found = load(target)
        for name in path.split("/"):
            found = found[name]
        return whole(found, target)
    made = {name: whole(value, file) for name, value in schema.items()}
    bounds = made.get("minimum"), made.get("maximum")
    if None not in bounds and isinstance(bounds[0], int | float) and bounds[0] > bounds[1]:
        # The published longitudes have the two exchanged.
        made |= {"minimum": bounds[1], "maximum": bounds[0]}
    return made


def check(method: str, path: str, status: int, document: Any) -> bool:
    """Fail if an answer is not as its definition says; return whether there is one for it."""
    for prefix, name in FILES.items():
        if not path.startswith(f"{prefix}/"):
            continue
        file = (PUBLISHED / name).resolve()
        for template, operations in load(file)["paths"].items():
            pattern = re.sub(r"\{\w+\}", "[^/]+", template)
            if re.fullmatch(pattern, path.removeprefix(prefix)) is None:
                continue
            answers = operations.get(method.lower(), {}).get("responses", {})
            content = answers.get(str(status), {}).get("content", {})
            if content:
                schema = whole(content["application/json"]["schema"], file)
                OAS30Validator(schema).validate(document)
                return True
    return False
