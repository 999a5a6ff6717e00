import pytest

from chengmo.catalog.dataset import Dataset, Lineage
from chengmo.errors import SharingDenied
from chengmo.identity.actor import ANONYMOUS, LOCAL_ADMINISTRATOR, Actor
from chengmo.model.decision import Text
from chengmo.sharing.access import check_access, decide_access

ADMINISTRATOR = LOCAL_ADMINISTRATOR
READER = Actor("li", frozenset({"analyst"}), "health-commission", "department")
ANYBODY = ANONYMOUS


def dataset(**stated):
    return Dataset(
        id="wells", title=Text(zh="水井", en="Wells"), version=1, snapshot=1,
        created_utc="2025-01-01T00:00:00Z", columns=(), geometry_type="none", row_count=0,
        lineage=Lineage(source_name="a", sha256="0" * 64, format="csv", rows_read=0, rows_kept=0,
                        imported_utc="2025-01-01T00:00:00Z"),
        **stated,
    )  # fmt: skip


def test_what_nobody_stated_is_shared_with_nobody_but_the_administrator():
    assert decide_access(ADMINISTRATOR, "", dataset()).allowed
    assert not decide_access(READER, "planning", dataset()).allowed
    assert not decide_access(ANYBODY, "planning", dataset()).allowed


@pytest.mark.parametrize("sharing", ["unconditional", "conditional", "none"])
@pytest.mark.parametrize("opening", ["unconditional", "conditional", "none"])
def test_readers_go_by_sharing_and_the_public_by_opening(sharing, opening):
    shared = dataset(sharing=sharing, opening=opening)
    assert decide_access(READER, "planning", shared).allowed == (sharing == "unconditional")
    assert decide_access(ANYBODY, "planning", shared).allowed == (opening == "unconditional")
    assert decide_access(ADMINISTRATOR, "planning", shared).allowed


def test_a_use_without_a_purpose_is_denied():
    shared = dataset(sharing="unconditional")
    assert not decide_access(READER, "  ", shared).allowed
    assert "purpose" in decide_access(READER, "", shared).reason.en


def test_no_general_permission_reaches_grade_four():
    shared = dataset(sharing="unconditional", opening="unconditional", grade=4)
    assert not decide_access(READER, "planning", shared).allowed
    assert not decide_access(ANYBODY, "planning", shared).allowed


@pytest.mark.parametrize(
    "outsider",
    [
        Actor("guest", frozenset(), "health-commission", "department"),
        Actor("firm", frozenset({"analyst"}), "a-company", "company"),
        Actor("citizen", frozenset({"analyst"})),
    ],
    ids=["no role", "company", "public"],
)
def test_who_has_no_role_in_a_government_body_goes_by_opening(outsider):
    shared = dataset(sharing="unconditional", opening="none")
    assert not decide_access(outsider, "planning", shared).allowed
    opened = dataset(sharing="none", opening="unconditional")
    assert decide_access(outsider, "planning", opened).allowed


def test_every_verdict_has_a_reason_in_both_languages():
    for actor in (ADMINISTRATOR, READER, ANYBODY):
        for sharing in ("unconditional", "conditional", "none"):
            reason = decide_access(actor, "planning", dataset(sharing=sharing)).reason
            assert reason.zh
            assert reason.en


def test_a_denial_names_the_steward_to_ask():
    check_access(READER, "planning", dataset(sharing="unconditional"))
    with pytest.raises(SharingDenied, match="not shared") as denial:
        check_access(READER, "planning", dataset(steward="Water Affairs Bureau"))
    assert "Water Affairs Bureau" in denial.value.hint
