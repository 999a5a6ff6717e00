"""The stand-alone verifier: it replays every mechanism and finds every change."""

import ast
import copy
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from chengmo import ExampleCity
from chengmo_scenarios.school_lottery import model, verify_drand
from chengmo_scenarios.school_lottery.ceremony import hold_draw, ignore_priorities
from chengmo_scenarios.school_lottery.method.allocation import Draw, allocate
from chengmo_scenarios.school_lottery.method.chance import (
    draw_numbers,
    draw_numbers_by_school,
    draw_rings,
)
from chengmo_scenarios.school_lottery.method.market import NONE, UNLIMITED, Mechanism, plain_market
from chengmo_scenarios.school_lottery.reading import read_ground
from chengmo_scenarios.school_lottery.verify_lottery import Replay, digest, find_faults

HERE = Path(__file__).parent
EXAMPLE = HERE / "example"
CITY = ExampleCity.from_folder(EXAMPLE)


def hold(**changes):
    text = (EXAMPLE / "request.json").read_text(encoding="utf-8")
    request = model.request_type(**{**json.loads(text), **changes})
    return json.loads(
        json.dumps(hold_draw(request, ignore_priorities(request, read_ground(request, CITY)))[0])
    )


BANDS = {Mechanism.IMMEDIATE: 1, Mechanism.RING: 1, Mechanism.PARALLEL: 2}


# Every set of three groups.
KINDS = np.array(list(product([False, True], repeat=3)))


def commitment_of(transcript):
    return digest("plan", transcript["plan"])


def random_market(seed, n=60, m=6):
    rng = np.random.default_rng(seed)
    choice = np.array([rng.permutation(m)[:4] for _ in range(n)])
    choice[rng.random(choice.shape) < 0.1] = NONE
    choice = np.take_along_axis(choice, np.argsort(choice == NONE, axis=1, kind="stable"), axis=1)
    seats = rng.integers(0, 14, m)
    limits = np.where(rng.random((m, 3)) < 0.2, rng.integers(0, 6, (m, 3)), UNLIMITED)
    kinds = KINDS if seed % 4 else np.eye(3, dtype=np.bool_)
    market = plain_market(
        choice, seats, tier=rng.integers(0, 3, choice.shape), size=rng.choice([1, 1, 1, 2, 3], n),
        reserved=rng.integers(0, 5, (m, 3)) * (rng.random((m, 1)) < 0.6),
    )  # fmt: skip
    return replace(
        market,
        group=rng.integers(0, len(kinds), n),
        belongs=kinds,
        at_most=limits * (seed % 3 == 0) + UNLIMITED * (seed % 3 != 0),
        registered=rng.permutation(n),
        open_first=bool(seed % 2),
        zone=rng.integers(0, 2, n),
        fallback=np.array([rng.permutation(m) for _ in range(2)]),
    )


def as_transcript(market, mechanism, tickets):
    return {
        "plan": {
            "rules": {"mechanism": str(mechanism), "band": BANDS.get(mechanism, 4),
                      "open_first": market.open_first and mechanism != Mechanism.TRADING},
            "groups": ["a", "b", "c"],
            "schools": [
                {"id": f"S{s}", "seats": int(market.seats[s]),
                 "reserved": market.reserved[s].tolist(), "at_most": market.at_most[s].tolist()}
                for s in range(market.n_schools)
            ],
            "zones": [{"fallback": line.tolist()} for line in market.fallback],
        },
        "reveal": {},
        "units": [
            {"ticket": tickets[u], "size": int(market.size[u]),
             "groups": np.nonzero(market.belongs[market.group[u]])[0].tolist(),
             "zone": int(market.zone[u]), "registered": int(market.registered[u]),
             "choices": [[s, tier if mechanism != Mechanism.SERIAL else 0] for s, tier
                         in zip(market.choice[u].tolist(), market.tier[u].tolist(), strict=True)
                         if s != NONE]}
            for u in range(market.n_units)
        ],
    }  # fmt: skip


def check_both(mechanism, number):
    market = random_market(number)
    seed = hashlib.sha256(bytes([number])).hexdigest()
    tickets = sorted(digest("ticket", str(u)) for u in range(market.n_units))
    names = [f"S{s}" for s in range(market.n_schools)]
    draw = Draw(
        draw_numbers(seed, tickets),
        draw_numbers_by_school(seed, tickets, market.choice, names),
        draw_rings(seed, names),
    )
    found = allocate(market, mechanism, draw, band=2)
    rows = zip(draw.number + 1, found.rank, found.place, strict=True)
    replayed = Replay(as_transcript(market, mechanism, tickets), seed).allocate()
    assert replayed == [[int(value) for value in row] for row in rows]


@pytest.mark.parametrize("mechanism", Mechanism)
@pytest.mark.parametrize("number", range(6))
def test_two_implementations_agree_on_every_rule(mechanism, number):
    check_both(mechanism, number)


@pytest.mark.slow
@pytest.mark.parametrize("mechanism", Mechanism)
def test_two_implementations_agree_on_many_more_cases(mechanism):
    for number in range(6, 150):
        check_both(mechanism, number)


@pytest.mark.parametrize("mechanism", Mechanism)
def test_the_transcript_of_every_mechanism_is_without_fault(mechanism):
    transcript = hold(mechanism=str(mechanism))
    assert find_faults(transcript, commitment_of(transcript)) == []


def leaves(value, path=()):
    if isinstance(value, dict):
        for key in value:
            yield from leaves(value[key], (*path, key))
    elif isinstance(value, list) and value:
        for index in range(len(value)):
            yield from leaves(value[index], (*path, index))
    else:
        yield path


def change(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return ("0" if value[:1] != "0" else "1") + value[1:]
    return ["changed"]


def is_detected(transcript, commitment):
    try:
        return find_faults(transcript, commitment) != []
    except (KeyError, IndexError, ValueError, TypeError):
        return True


def mutate_all(transcript, paths):
    commitment = commitment_of(transcript)
    missed = []
    for path in paths:
        forged = copy.deepcopy(transcript)
        at = forged
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = change(at[path[-1]])
        if not is_detected(forged, commitment):
            missed.append(path)
    return missed


def test_a_change_of_each_kind_of_field_is_detected():
    transcript = hold()
    seen, chosen = set(), []
    for path in leaves(transcript):
        kind = tuple("*" if isinstance(step, int) else step for step in path)
        if kind not in seen:
            seen.add(kind)
            chosen.append(path)
    assert mutate_all(transcript, chosen) == []
    assert {path[0] for path in chosen} == set(transcript)


@pytest.mark.slow
@pytest.mark.parametrize("randomness", ["parties", "notary"])
def test_a_change_of_any_field_is_detected(randomness):
    transcript = hold(randomness=randomness, notary="Office", notary_record="6 3 1")
    assert mutate_all(transcript, leaves(transcript)) == []


@pytest.mark.parametrize("remove", ["plan", "units", "reveal", "result"])
def test_a_part_left_out_is_detected(remove):
    transcript = hold()
    commitment = commitment_of(transcript)
    del transcript[remove]
    assert is_detected(transcript, commitment)


def test_a_unit_left_out_or_added_is_detected():
    for forge in (lambda units: units.pop(), lambda units: units.append(dict(units[-1]))):
        transcript = hold()
        forge(transcript["units"])
        assert is_detected(transcript, commitment_of(transcript))


def test_values_that_change_places_under_their_names_are_detected():
    transcript = hold()
    for unit in transcript["units"]:
        swapped = {"size": "zone", "zone": "size"}
        renamed = {swapped.get(name, name): value for name, value in unit.items()}
        unit.clear()
        unit.update(renamed)
    faults = find_faults(transcript, commitment_of(transcript))
    assert "the roster does not agree" in faults


def test_a_draw_held_anew_with_one_seat_more_betrays_itself_by_its_commitment():
    honest = hold()
    table = CITY.table("schools")
    seats = table["seats"].to_pylist()
    forged_table = table.set_column(
        table.column_names.index("seats"), "seats", [[seats[0] + 1, *seats[1:]]]
    )
    city = ExampleCity({"schools": forged_table, "roster": CITY.table("roster")})
    text = (EXAMPLE / "request.json").read_text(encoding="utf-8")
    request = model.request_type.model_validate_json(text)
    forged = json.loads(json.dumps(hold_draw(request, read_ground(request, city))[0]))
    assert find_faults(forged, commitment_of(forged)) == []
    assert find_faults(forged, commitment_of(honest)) != []


def test_the_verifier_is_short_enough_to_be_read_in_one_go():
    source = (HERE / "verify_lottery.py").read_text(encoding="utf-8")
    words = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            assert ast.get_docstring(node)
            words |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = enumerate(source.splitlines(), start=1)
    assert sum(bool(line.strip()) and number not in words for number, line in lines) <= 100


def test_nothing_that_is_published_names_a_child_a_secret_or_a_home():
    request = json.loads((EXAMPLE / "request.json").read_text(encoding="utf-8"))
    sealed = model.decide(model.request_type(**{**request, "step": "commit"}), CITY)
    drawn = model.decide(model.request_type(**request), CITY)
    secrets = request["party_values"]
    text = json.dumps([sealed.plan, sealed.leaves, drawn.transcript], ensure_ascii=False)
    before = json.dumps([sealed.plan, sealed.leaves])
    assert not any(value in before for value in secrets)
    table = CITY.table("roster")
    for column in ("child", "salt", "unit"):
        values = {str(value) for value in table[column].to_pylist() if value}
        assert values
        assert not any(f'"{value}"' in text for value in values)
        assert column not in re.findall(r'"(\w+)":', text)
    places = np.column_stack(CITY.places("roster")).ravel()
    known = {float(number) for number in re.findall(r"-?\d+\.\d+", text)}
    assert not any(abs(place - number) < 0.01 for place in places for number in known)


def test_tables_and_maps_of_a_draw_name_no_child_and_no_home():
    drawn = model.decide(model.request_type.model_validate_json(
        (EXAMPLE / "request.json").read_text(encoding="utf-8")), CITY)  # fmt: skip
    table = CITY.table("roster")
    text = json.dumps(drawn.model_dump(mode="json"), ensure_ascii=False)
    for column in ("child", "salt", "unit"):
        assert not any(f'"{value}"' in text for value in table[column].to_pylist() if value)
    schools = {tuple(place) for place in np.column_stack(CITY.places("schools")).round(6).tolist()}
    for layer in drawn.layers:
        for feature in layer.features:
            assert tuple(np.round(feature.geometry["coordinates"], 6).tolist()) in schools


def test_it_runs_on_its_own_and_says_what_is_wrong(tmp_path):
    transcript = hold()
    file = tmp_path / "transcript.json"
    script = tmp_path / "verify_lottery.py"
    script.write_text((HERE / "verify_lottery.py").read_text(encoding="utf-8"), encoding="utf-8")
    commitment = commitment_of(transcript)

    def run(commitment):
        file.write_text(json.dumps(transcript), encoding="utf-8")
        command = [sys.executable, "-I", "-S", str(script), str(file), commitment]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    right = run(commitment)
    assert right.returncode == 0
    assert right.stdout.strip() == digest("transcript", transcript)
    transcript["result"][0][2] = -1
    wrong = run(commitment)
    assert wrong.returncode == 1
    assert "result" in wrong.stderr


@pytest.mark.slow
def test_a_round_of_drand_is_verified_by_the_file_beside_it():
    signature = (
        "b75c69d0b72a5d906e854e808ba7e2accb1542ac355ae486d591aa9d43765482"
        "e26cd02df835d3546d23c4b13e0dfc92"
    )
    transcript = hold(randomness="drand", drand_round=123, drand_signature=signature)
    assert find_faults(transcript, commitment_of(transcript)) == []
    transcript["reveal"]["signature"] = signature[:-1] + "3"
    assert is_detected(transcript, commitment_of(transcript))


@pytest.mark.slow
def test_the_verifiers_need_the_standard_library_alone():
    for name in ("verify_lottery.py", "verify_special.py", "verify_drand.py"):
        text = (HERE / name).read_text(encoding="utf-8")
        imported = {
            line.split()[1].split(".")[0]
            for line in text.splitlines()
            if line.startswith(("import ", "from "))
        }
        assert imported <= sys.stdlib_module_names
    assert verify_drand.CHAINS.keys() == {"quicknet", "default"}
