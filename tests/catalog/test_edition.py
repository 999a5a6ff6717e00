"""What is left of a dataset after a treatment, read by every question the catalogue answers."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from chengmo.catalog.condition import Condition
from chengmo.catalog.dataset import Dataset, DatasetColumn
from chengmo.catalog.edition import _TOLD
from chengmo.catalog.export import ExportOptions, ExportRequest, export_rows
from chengmo.catalog.reading import Page
from chengmo.catalog.staged import ARROW_TYPES, table_schema
from chengmo.catalog.treatment import Treatment, check_treatment, edition_digest
from chengmo.errors import InvalidQuery, InvalidRequest
from chengmo.grid import encode_codes
from chengmo.grid.key import key_bounds, parent_keys


@pytest.fixture
def clinics(catalog, stage, metadata):
    catalog.commit(stage(300), metadata("clinics"))
    return catalog


def treated(catalog, **how):
    return catalog.edition("clinics", 1, Treatment.model_validate(how))


def rows(catalog, edition):
    return catalog.shelves.reader.table(edition, Page())


def test_no_treatment_gives_the_version_itself(clinics):
    assert treated(clinics) == clinics.dataset("clinics")


def test_rows_are_chosen_and_numbered_anew(clinics):
    edition = treated(clinics, rows=[{"column": "beds", "op": ">=", "value": 500}])
    whole = rows(clinics, clinics.dataset("clinics"))
    kept = sum(beds >= 500 for beds in whole.column("beds").to_pylist())
    found = rows(clinics, edition)
    assert 0 < found.num_rows == kept == edition.row_count < whole.num_rows
    assert found.column("_row").to_pylist() == list(range(1, kept + 1))
    assert min(found.column("beds").to_pylist()) >= 500


def test_columns_are_dropped_masked_hashed_and_generalised(clinics):
    edition = treated(
        clinics,
        columns={
            "open": {"do": "drop"},
            "名称": {"do": "mask", "first": 1, "last": 1},
            "beds": {"do": "generalise", "step": 100},
            "area": {"do": "hash"},
            "since": {"do": "generalise", "unit": "year"},
        },
    )
    found = rows(clinics, edition).to_pydict()
    assert "open" not in found
    assert all(name[0] == "医" and set(name[1:-1]) == {"*"} for name in found["名称"])
    assert all(beds % 100 == 0 for beds in found["beds"])
    assert all(len(text) == 32 for text in found["area"])
    assert all(day == date(day.year, 1, 1) for day in found["since"])
    assert [column.name for column in edition.columns] == ["名称", "beds", "area", "since", "seen"]
    assert edition.column("area").type == "text"


def test_equal_values_have_equal_pseudonyms_and_two_spaces_differ(catalog, stage, metadata):
    catalog.commit(stage(300), metadata("clinics"))
    one, same, other = (
        rows(
            catalog, treated(catalog, columns={"beds": {"do": "hash", "space": space}}, **more)
        ).column("beds").to_pylist()
        for space, more in (("a", {}), ("a", {"time": "day"}), ("b", {}))
    )  # fmt: skip
    assert sorted(one) == sorted(same)
    assert not set(one) & set(other)
    beds = rows(catalog, catalog.dataset("clinics")).column("beds").to_pylist()
    assert len(set(one)) == len(set(beds))


def test_only_named_columns_are_shown(clinics):
    edition = treated(clinics, only=["beds"])
    assert [column.name for column in edition.columns] == ["beds"]
    with pytest.raises(InvalidQuery):
        clinics.shelves.reader.table(edition, Page(where=(Condition("area", ">", 1),)))


@pytest.mark.parametrize("minimum", [1, 4])
def test_places_become_centres_of_cells(clinics, minimum):
    edition = treated(clinics, space={"do": "coarsen", "level": 12, "minimum": minimum})
    found = rows(clinics, edition)
    keys = found.column("_cell").to_numpy()
    points = shapely.from_wkb(found.column("_geometry").to_numpy(zero_copy_only=False))
    cells, counts = np.unique(keys, return_counts=True)
    assert counts.min() >= minimum
    assert len(cells) < 300
    west, south, east, north = key_bounds(cells, level=12)
    if minimum == 1:
        assert (found.column("_cell").to_numpy() == np.sort(keys)).all()
        lon, lat = shapely.get_x(points), shapely.get_y(points)
        expected = np.column_stack([(west + east) / 2, (south + north) / 2])
        assert np.allclose(np.unique(np.column_stack([lon, lat]), axis=0),
                           np.unique(expected, axis=0))  # fmt: skip
    assert edition.geometry_type == "point"


def test_the_order_in_a_cell_tells_nothing_of_the_order_before(clinics):
    edition = treated(clinics, only=["beds"], space={"do": "coarsen", "level": 9})
    found = rows(clinics, edition)
    pairs = list(
        zip(found.column("_cell").to_pylist(), found.column("beds").to_pylist(), strict=True)
    )
    assert pairs == sorted(pairs)


def test_counts_by_cell_hold_no_rows_and_no_small_count(clinics):
    edition = treated(clinics, space={"do": "count", "level": 12, "minimum": 5})
    found = rows(clinics, edition)
    assert [column.name for column in edition.columns] == ["count", "cell_level"]
    counts = np.array(found.column("count").to_pylist())
    assert (counts >= 5).all()
    assert (counts % 5 == 0).all()
    assert abs(counts.sum() - 300) < 5 * len(counts)
    levels = found.column("cell_level").to_numpy()
    cells = parent_keys(found.column("_cell").to_numpy(), levels)
    assert len(set(zip(cells.tolist(), levels.tolist(), strict=True))) == len(counts)


def test_the_description_tells_nothing_of_what_was_taken_out(clinics):
    whole = clinics.dataset("clinics")
    edition = treated(
        clinics, rows=[{"column": "beds", "op": "<", "value": 10}], columns={"area": {"do": "drop"}}
    )
    text = edition.model_dump_json()
    assert whole.lineage.sha256 not in text
    assert "hospitals.csv" not in text
    assert "area" not in edition.quality
    assert edition.lineage.rows_read == edition.row_count
    assert edition.extent[0] > whole.extent[0] or edition.extent[2] < whole.extent[2]
    assert any("columns" in words.en for words in edition.treated)


def test_every_field_of_a_description_is_thought_of(clinics):
    edition = treated(clinics, only=["beds"])
    told = {*_TOLD, "columns", "geometry_type", "cell_levels", "sensitive", "notes", "row_count"}
    anew = {"extent", "time_column", "time_extent", "quality", "edition", "treated", "lineage"}
    left_out = {"previous_version", "idempotency_key", "in_place_order", "change", "checks",
                "found_sensitive", "report"}  # fmt: skip
    assert told | anew | left_out == {*Dataset.model_fields}
    for name in left_out:
        assert getattr(edition, name) == Dataset.model_fields[name].get_default()


def test_what_an_import_refused_is_in_no_edition(catalog, stage, metadata):
    catalog.commit(stage(20, refused=[(1, "bad", "raw text")]), metadata("clinics"))
    edition = treated(catalog, columns={"area": {"do": "drop"}})
    assert catalog.shelves.reader.quarantine(edition).num_rows == 0
    assert catalog.quarantine("clinics").num_rows == 1


def test_an_edition_is_made_once_and_again_the_same(clinics):
    how = {"space": {"do": "count", "level": 12}, "time": "year"}
    first = treated(clinics, **how)
    path = clinics.lake.settings.cache / "editions" / f"{first.edition}.parquet"
    made = path.stat().st_ino
    assert treated(clinics, **how) == first
    assert path.stat().st_ino == made
    before = pq.read_table(path)
    path.unlink()
    assert treated(clinics, **how) == first
    assert pq.read_table(path).equals(before)
    assert not list(path.parent.glob("*.loose"))


def test_a_treatment_has_one_name_however_it_is_written(clinics):
    dataset = clinics.dataset("clinics")
    one = Treatment.model_validate({"columns": {"area": {"do": "drop"}, "beds": {"do": "hash"}}})
    two = Treatment.model_validate({"columns": {"beds": {"do": "hash"}, "area": {"do": "drop"}}})
    assert edition_digest(dataset, one) == edition_digest(dataset, two)
    assert Treatment.model_validate(json.loads(one.model_dump_json())) == one


@pytest.mark.parametrize(
    "how",
    [
        {"columns": {"nothing": {"do": "drop"}}},
        {"only": ["nothing"]},
        {"rows": [{"column": "nothing", "value": 1}]},
        {"columns": {"beds": {"do": "mask"}}},
        {"columns": {"名称": {"do": "generalise", "step": 5}}},
        {"columns": {"since": {"do": "generalise", "unit": "hour"}}},
    ],
)
def test_a_treatment_that_does_not_fit_is_refused(clinics, how):
    with pytest.raises(InvalidRequest):
        check_treatment(Treatment.model_validate(how), clinics.dataset("clinics"))


@pytest.mark.parametrize("target", ["a.parquet", "a.gpkg", "a.csv", "a.geojson", "a.arrow"])
def test_no_file_format_brings_back_what_was_dropped(clinics, tmp_path, target):
    edition = treated(clinics, columns={"名称": {"do": "drop"}})
    formats = {"parquet": "geoparquet", "gpkg": "geopackage"}
    suffix = target.split(".")[1]
    request = ExportRequest(edition, None, ExportOptions())
    shelves, path = clinics.shelves, tmp_path / target
    export_rows(shelves.lake, shelves.reader, request, path, formats.get(suffix, suffix))
    assert "医院1".encode() not in path.read_bytes()
    assert b"beds" in path.read_bytes()
    assert "名称".encode() not in path.read_bytes()


def test_columns_that_tell_the_exact_place_go_when_places_are_made_coarser(
    catalog, stage, metadata
):
    staged = stage(300)
    table = pq.read_table(staged.table)
    lon, lat = table.column("_west").to_numpy(), table.column("_south").to_numpy()
    told = {
        "经度": lon + 0.006, "y": [str(value) for value in lat], "east_m": lon * 95_700 - 1e7,
        "pair": [f"{x:.5f},{y:.5f}" for x, y in zip(lon, lat, strict=True)],
        "wkt": [f"POINT ({x} {y})" for x, y in zip(lon, lat, strict=True)],
        "code": encode_codes(lon, lat, level=8),
    }  # fmt: skip
    kinds = {"经度": "number", "east_m": "number"}
    columns = [*staged.columns]
    for name, values in told.items():
        kind = kinds.get(name, "text")
        columns.append(DatasetColumn(name=name, source_name=name, type=kind))
        table = table.append_column(name, pa.array(values, ARROW_TYPES[kind]))
    pq.write_table(table.select(table_schema(columns).names), staged.table)
    catalog.commit(replace(staged, columns=tuple(columns)), metadata("clinics"))
    coarse = {"do": "coarsen", "level": 12}
    edition = treated(catalog, space=coarse)
    assert [each.name for each in edition.columns] == [each.name for each in staged.columns]
    assert "Columns that told the exact place were left out" in {w.en for w in edition.treated}
    # Whoever treats one by name has thought of it.
    kept = treated(catalog, space=coarse, columns={"经度": {"do": "generalise", "step": 0.5}})
    assert kept.column("经度")
    assert treated(catalog, time="year").column("wkt")
