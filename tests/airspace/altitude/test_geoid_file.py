"""A geoid of the city's own: GTX files and lattices of samples, by their name, without fallback."""

import struct

import numpy as np
import pyarrow as pa
import pytest

from chengmo import ExampleCity, InvalidRequest
from chengmo_airspace.altitude import (
    Altitudes,
    Height,
    Reference,
    egm96,
    geoid_of_dataset,
    name_geoid,
    read_gtx,
)
from chengmo_airspace.altitude.__main__ import main
from chengmo_airspace.altitude.geoid import read_samples

BOX = "113.6,29.9,115.1,31.4"


def gtx(metres, *, south, west, step):
    """Return a GTX file of samples, the first row southernmost."""
    rows, columns = metres.shape
    head = struct.pack(">4d2i", south, west, step, step, rows, columns)
    return head + metres.astype(">f4").tobytes()


def whole_earth():
    """Return EGM96 as PROJ ships it: from -180° east, rows from the south, 15′."""
    metres = np.roll(read_samples()[::-1].astype(float) / 100, 720, axis=1)
    return gtx(metres, south=-90.0, west=-180.0, step=0.25)


def city_of(folder, text):
    (folder / "city").mkdir()
    (folder / "city" / "egm2008.csv").write_text(text, "utf-8")
    return ExampleCity.from_folder(folder)


def test_a_file_gives_its_own_samples_everywhere_and_across_the_date_line():
    geoid = read_gtx(whole_earth(), "EGM96 as GTX")
    assert (geoid.name, geoid.datum) == ("EGM96 as GTX", "ellipsoid")
    lon = np.array([114.25, 114.5, -180.0, 180.0, 179.75, 0.0, 359.75, -77.0])
    lat = np.array([30.5, 30.75, 0.0, 0.0, -45.0, 90.0, -90.0, 38.75])
    assert geoid.heights(lon, lat) == pytest.approx(egm96().heights(lon, lat), abs=0.006)
    between = np.array([179.9, -179.9])
    assert geoid.heights(between, np.array([10.0, 10.0])) == pytest.approx(
        egm96().heights(between, np.array([10.0, 10.0])), abs=0.1
    )


def test_samples_around_a_city_are_a_dataset_that_gives_the_same_geoid(tmp_path):
    (tmp_path / "world.gtx").write_bytes(whole_earth())
    out = tmp_path / "geoid.csv"
    assert main([str(tmp_path / "world.gtx"), str(out), "--box", BOX]) == 0
    text = out.read_text("utf-8")
    city = city_of(tmp_path, text)
    geoid = geoid_of_dataset(city, "egm2008")
    assert geoid.name == "egm2008"
    lon, lat = np.linspace(113.6, 115.1, 7), np.linspace(29.9, 31.4, 7)
    whole = read_gtx(whole_earth(), "world")
    assert geoid.heights(lon, lat) == pytest.approx(whole.heights(lon, lat), abs=1e-4)


def test_past_its_samples_a_height_is_unknown_and_not_egm96s(tmp_path):
    rows = "".join(f"{lon},{lat},-10\n" for lon in (114, 115) for lat in (30, 31))
    city = city_of(tmp_path, "lon,lat,geoid_m\n" + rows)
    own = Altitudes(geoid_of_dataset(city, "egm2008"))
    sea = Height(0, Reference.SEA)
    assert own.convert(sea, 114.3, 30.5, to=Reference.ELLIPSOID).metres.tolist() == [-10]
    with pytest.raises(InvalidRequest, match="does not reach this place"):
        own.convert(sea, 116.3, 30.5, to=Reference.ELLIPSOID)
    assert geoid_of_dataset(city, None).name == "EGM96"
    assert "egm2008" in name_geoid("egm2008").en
    assert "EGM96" in name_geoid(None).zh


def test_a_sample_that_is_missing_leaves_its_cells_unknown(tmp_path):
    metres = np.array([[1.0, 2.0, 3.0], [4.0, -88.8888, 6.0], [7.0, 8.0, 9.0], [1.0, 1.0, 1.0]])
    geoid = read_gtx(gtx(metres, south=30.0, west=114.0, step=0.5), "with a gap")
    found = geoid.heights(np.array([114.25, 114.75, 114.25]), np.array([30.25, 30.75, 31.25]))
    assert np.isnan(found).tolist() == [True, True, False]
    rows = "lon,lat,geoid_m\n114,30,1\n114,31,2\n115,30,3\n115,31,4\n116,30,5\n"
    gap = geoid_of_dataset(city_of(tmp_path, rows), "egm2008")
    assert gap.heights(np.array([114.5, 115.5]), np.array([30.5, 30.5]))[0] == 2.5
    assert np.isnan(gap.heights(np.array([115.5]), np.array([30.5])))[0]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"II*\x00" + bytes(60),
        gtx(np.zeros((2, 2)), south=0.0, west=0.0, step=1.0)[:-1],
        gtx(np.zeros((1, 9)), south=0.0, west=0.0, step=1.0),
        gtx(np.full((2, 2), 2400.0), south=0.0, west=0.0, step=1.0),
    ],
)
def test_what_is_no_geoid_is_refused(data):
    with pytest.raises(InvalidRequest):
        read_gtx(data, "x")


@pytest.mark.parametrize(
    "rows", ["114,30,1\n114,31,2\n", "114,30,1\n114.5,30,1\n116,30,1\n114,31,2\n", "a,30,1\n"]
)
def test_places_that_make_no_lattice_are_refused(tmp_path, rows):
    if rows.startswith("a"):
        table = pa.table({"geoid_m": ["x"], "_cell": [1], "_row": [0], "_geometry": [b""]})
        city = ExampleCity({"egm2008": table})
    else:
        city = city_of(tmp_path, "lon,lat,geoid_m\n" + rows)
    with pytest.raises(InvalidRequest):
        geoid_of_dataset(city, "egm2008")


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    out = str(tmp_path / "out.csv")
    assert main([str(tmp_path / "none.gtx"), out, "--box", BOX]) == 2
    (tmp_path / "world.gtx").write_bytes(whole_earth())
    assert main([str(tmp_path / "world.gtx"), out, "--box", "1,2"]) == 2
    assert main([str(tmp_path / "world.gtx"), out, "--box", "1,95,2,96"]) == 2
    assert "no samples" in capsys.readouterr().err
