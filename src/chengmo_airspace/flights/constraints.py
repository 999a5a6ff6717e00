"""The rules of constraint references."""

from typing import Any

from chengmo_airspace.flights.airspace import Airspace
from chengmo_airspace.flights.answer import (
    check_base_url,
    check_current,
    known,
    new_token,
    owned,
    subscribers,
)
from chengmo_airspace.flights.entity import Caller, Constraint, Subscription, constraint_document
from chengmo_airspace.flights.extent import Extent, join_extents
from chengmo_airspace.flights.message import PutConstraint
from chengmo_airspace.flights.refusal import FlightRefused

_WHAT = "constraint"


def check_constraint(asked: PutConstraint, extent: Extent, now_us: int) -> None:
    """Pass if a constraint can be kept as far as that shows without the airspace.

    Raises:
        FlightRefused: If it cannot.
    """
    check_base_url(asked.uss_base_url)
    if extent.end_us < now_us:
        raise FlightRefused("the end of a constraint is in the past")


def put_constraint(
    airspace: Airspace,
    version: tuple[str, str | None],
    asked: PutConstraint,
    extent: Extent,
    caller: Caller,
) -> dict[str, Any]:
    """Make or change a constraint.

    Args:
        airspace: What is known.
        version: Its id in small letters, and the OVN of the version to change; None to make one.
        asked: As it came in.
        extent: Of its volumes.
        caller: Who asks.

    Raises:
        FlightRefused: If there is one already, or it is another's or of another version.
    """
    constraint_id, ovn = version
    old = airspace.constraints.get(constraint_id)
    if ovn is not None:
        check_current(owned(old, caller.uss, _WHAT).ovn, ovn, _WHAT)
    elif old is not None:
        owned(old, caller.uss, _WHAT)
        raise FlightRefused(
            "there is a constraint of this id already",
            hint="name its OVN to change it",
            reason="stale",
        )
    made = Constraint(
        id=constraint_id,
        manager=caller.uss,
        version=1 if old is None else old.version + 1,
        ovn=new_token(),
        uss_base_url=asked.uss_base_url,
        extent=extent,
    )
    airspace.put_constraint(made)
    changed = extent if old is None else join_extents(extent, old.extent)
    return _changed(airspace, made, airspace.tell(changed, of="constraints"))


def delete_constraint(
    airspace: Airspace, constraint: str, ovn: str, caller: Caller
) -> dict[str, Any]:
    """End a constraint.

    Raises:
        FlightRefused: If it is not there, another's or of another version.
    """
    old = owned(airspace.constraints.get(constraint), caller.uss, _WHAT)
    check_current(old.ovn, ovn, _WHAT)
    answer = _changed(airspace, old, airspace.tell(old.extent, of="constraints"))
    airspace.drop_constraint(constraint)
    return answer


def get_constraint(airspace: Airspace, constraint: str, caller: Caller) -> dict[str, Any]:
    """Return a constraint's reference.

    Raises:
        FlightRefused: If it is not there.
    """
    found = known(airspace.constraints.get(constraint), _WHAT)
    return {"constraint_reference": _seen(airspace, found, caller.uss)}


def query_constraints(airspace: Airspace, area: Extent, caller: Caller) -> dict[str, Any]:
    """Return the references of the constraints that meet `area`."""
    found = airspace.constraints.meeting(area)
    return {"constraint_references": [_seen(airspace, c, caller.uss) for c in found]}


def _changed(
    airspace: Airspace, constraint: Constraint, told: list[Subscription]
) -> dict[str, Any]:
    return {
        "subscribers": subscribers(airspace, told),
        "constraint_reference": _seen(airspace, constraint, constraint.manager),
    }


def _seen(airspace: Airspace, constraint: Constraint, reader: str) -> dict[str, Any]:
    state = airspace.availability(constraint.manager).state
    return constraint_document(constraint, state, reader=reader)
