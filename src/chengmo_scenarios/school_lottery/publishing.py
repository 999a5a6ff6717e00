"""The answers of a public draw: what to publish, who got what, whether it agrees."""

from datetime import UTC, datetime

import numpy as np

from chengmo import InvalidRequest, Measure, Quality, Text
from chengmo_scenarios.school_lottery.ceremony import (
    as_json,
    hold_draw,
    make_plan,
    publish_units,
)
from chengmo_scenarios.school_lottery.decision import Decision
from chengmo_scenarios.school_lottery.drawing import draw_schools
from chengmo_scenarios.school_lottery.method.chance import digest, list_leaves
from chengmo_scenarios.school_lottery.method.comparison import measure, number_at_schools
from chengmo_scenarios.school_lottery.method.market import NONE, NUMBERS, Mechanism
from chengmo_scenarios.school_lottery.receipts import table_receipts, table_wishes
from chengmo_scenarios.school_lottery.request import Request
from chengmo_scenarios.school_lottery.roster import Ground
from chengmo_scenarios.school_lottery.telling import measure_outcome, table_schools
from chengmo_scenarios.school_lottery.verify_drand import time_of
from chengmo_scenarios.school_lottery.wording import say_percent


def tell_commitment(request: Request, ground: Ground) -> Decision:
    """Return what to publish before the randomness exists."""
    published = publish_units(ground)
    plan = make_plan(request, ground, published)
    commitment = digest("plan", plan)
    units, children = ground.market.n_units, int(ground.market.size.sum())
    before = _say_deadline(request)
    return Decision(
        answer=Text(
            zh=f"请在{before.zh}之前公布承诺值 {commitment}：它固定了 {children:,} 名儿童"
            f"（{units:,} 个派位单元）的名册、学位、规则和随机数来源。",
            en=f"Publish {commitment} before {before.en}: it fixes the roster of "
            f"{children:,} children in {units:,} units, the seats, the rules and the source.",
        ),
        quality=Quality(kind="exact"),
        measures=(
            Measure(key="children", title=Text(zh="儿童", en="Children"), value=children),
            Measure(key="units", title=Text(zh="派位单元", en="Units"), value=units),
        ),
        commitment=commitment,
        leaves=tuple(list_leaves(published)),
        plan=as_json(plan),
    )


def _say_deadline(request: Request) -> Text:
    """Return when the randomness will exist: of a round of drand the moment is known."""
    if request.randomness != "drand":
        return Text(zh="随机数产生", en="the randomness exists")
    moment = datetime.fromtimestamp(time_of(request.drand_chain, request.drand_round), UTC)
    return Text(
        zh=f"第 {request.drand_round} 轮产生（{moment:%Y-%m-%d %H:%M:%S} UTC）",
        en=f"round {request.drand_round} exists, at {moment:%Y-%m-%d %H:%M:%S} UTC",
    )


def _check_seal(request: Request, ground: Ground) -> None:
    """Refuse to draw what is not what was sealed: no result may exist that nobody announced."""
    if not request.published_commitment:
        return
    commitment = digest("plan", make_plan(request, ground, publish_units(ground)))
    if commitment != request.published_commitment:
        raise InvalidRequest(
            f"roster, seats, rules or source have changed since the seal: the commitment is now "
            f"{commitment}",
            hint="restore the sealed versions of the datasets; or seal, publish and wait anew",
        )


def tell_draw(request: Request, ground: Ground) -> Decision:
    """Return the allocation, its transcript and the receipts.

    Raises:
        InvalidRequest: If it is not what was sealed, or the randomness is not what was announced.
    """
    _check_seal(request, ground)
    transcript, lots, found = hold_draw(request, ground)
    fingerprint = digest("transcript", transcript)
    number = number_at_schools(ground.market, Mechanism(request.mechanism), lots)
    outcome = measure(ground.market, found, number, ground.walk_m)
    admitted = np.bincount(
        found.place[found.place != NONE],
        weights=ground.market.size[found.place != NONE],
        minlength=ground.market.n_schools,
    ).astype(np.float64)
    return Decision(
        answer=Text(
            zh=f"{say_percent(outcome.first)}% 得到第一志愿，{say_percent(outcome.listed)}% 得到任"
            f"一志愿；结果摘要 {fingerprint}。",
            en=f"{say_percent(outcome.first)} % got their first choice, "
            f"{say_percent(outcome.listed)} % any choice; digest {fingerprint}.",
        ),
        quality=Quality(kind="exact"),
        measures=measure_outcome(outcome, None),
        layers=(draw_schools(ground, admitted),),
        tables=(
            table_schools(ground, found.place, found.rank, ground.market.tier * NUMBERS + number),
            table_receipts(ground, lots, found, number),
            *table_wishes(request, ground, lots, found),
        ),
        commitment=digest("plan", transcript["plan"]),
        plan=as_json(transcript["plan"]),
        digest=fingerprint,
        transcript=as_json(transcript),
    )


def tell_verdict(request: Request, ground: Ground) -> Decision:
    """Return whether the draw, held again, agrees with what was published."""
    transcript, _, _ = hold_draw(request, ground)
    commitment = digest("plan", transcript["plan"])
    same = {
        "commitment": commitment == request.published_commitment,
        "digest": digest("transcript", transcript) == request.published_digest,
    }
    agrees = all(same.values())
    zh = "与公布的一致：名册、规则、随机数和结果逐位相同。" if agrees else _say_fault(same).zh
    en = "It agrees, bit for bit, with what was published." if agrees else _say_fault(same).en
    return Decision(
        answer=Text(zh=zh, en=en),
        quality=Quality(kind="exact"),
        measures=(
            Measure(key="agrees", title=Text(zh="一致", en="Agrees"), value=agrees),
            *(
                Measure(key=f"{key}_agrees", title=_NAMES[key], value=value)
                for key, value in same.items()
            ),
        ),
        commitment=commitment,
        plan=as_json(transcript["plan"]),
    )


_NAMES = {
    "commitment": Text(zh="名册、学位、规则与承诺值一致", en="Roster, seats and rules agree"),
    "digest": Text(zh="结果与摘要一致", en="The result agrees"),
}


def _say_fault(same: dict[str, bool]) -> Text:
    if not same["commitment"]:
        return Text(
            zh="与公布的不一致：名册、学位、规则或随机数来源与承诺值不符。",
            en="It does not agree: roster, seats, rules or source differ from the commitment.",
        )
    return Text(
        zh="与公布的不一致：承诺值相符，随机数或结果不符。",
        en="It does not agree: the commitment does, the randomness or the result does not.",
    )
