"""Places in a request: what a form is told, and what is refused."""

import pytest
from pydantic import Field, ValidationError

from chengmo.model import DrawnArea, DrawnLine, ModelRequest, Place
from chengmo.model.description import inline
from chengmo.model.place import PLACE_KEYWORD


class Request(ModelRequest):
    """What is asked."""

    at: Place | None = Field(default=None, description="Where")
    along: DrawnLine = Field(default=((114.0, 30.0), (114.1, 30.1)), description="Along what")
    within: DrawnArea | None = Field(default=None, description="Within what")


def test_a_form_is_told_what_can_be_pressed_and_drawn():
    found = inline(Request.model_json_schema())["properties"]
    assert found["at"]["anyOf"][0][PLACE_KEYWORD] == "point"
    assert found["along"][PLACE_KEYWORD] == "line"
    assert found["within"]["anyOf"][0][PLACE_KEYWORD] == "area"


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": {"lon": 181, "lat": 0}},
        {"along": [[114, 30]]},
        {"within": [[114, 30], [115, 31]]},
        {"within": [[114, 30], [115, 31], [114, 91]]},
    ],
)
def test_what_is_no_place_is_refused(wrong):
    with pytest.raises(ValidationError):
        Request(**wrong)


def test_places_survive_being_written_down():
    asked = Request(at=Place(lon=114.3, lat=30.6), within=((114, 30), (115, 30), (115, 31)))
    assert Request.model_validate_json(asked.model_dump_json()) == asked
