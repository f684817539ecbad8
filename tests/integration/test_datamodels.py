"""The data-model maps, held against the models themselves where those are at hand: each path, its type and that of each column."""
import json
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAPS = sorted((ROOT / "deploy/datamodels").glob("*.json"))
FACTS = next((parent / "shared/spec/data/tsv" for parent in ROOT.parents if (parent / "shared/spec/data/tsv").is_dir()), None)
MODELS = {"device1-tr196v1": ("device-1", "fapservice-1.1"), "tr098-tr196v1": ("igd-1.14-subset", "fapservice-1.1"),
          "tr181-tr196v2-lte": ("device-2.11-subset", "fapservice-2.1"), "tr181-tr196v2-umts": ("device-2.11-subset", "fapservice-2.1"),
          "generic-tr098": ("igd-1.14-subset",), "generic-tr181": ("device-2.11-subset",), "device1-tr104v1": ("device-1", "voiceservice-1.1"),
          "tr098-tr104v1": ("igd-1.14-subset", "voiceservice-1.1"), "tr181-tr104v2": ("device-2.11-subset", "voiceservice-2.0")}
NOT_IN_THE_SUBSETS = ("Device.IP.Diagnostics.", "InternetGatewayDevice.IPPingDiagnostics.", "InternetGatewayDevice.TraceRouteDiagnostics.")


def facts(name):
    """{path: type}"""
    rows = [line.split("\t") for table in MODELS[name] for line in (FACTS / f"{table}.tsv").read_text().splitlines()]
    return {row[1]: row[3] for row in rows if row[0] in ("O", "P")}


def general(path):
    """As the models write it: {i} for each instance, services without their root."""
    path = re.sub(r"\{(fap|pm|n)\}|(?<=\.)\d+(?=\.)", "{i}", path)
    return re.sub(r"^.*?\.Services\.(FAPService|VoiceService)\.", r"\1.", path)


def simple(kind):
    return "string" if kind.startswith("list of ") or kind in ("Alias", "IPAddress") else kind


@pytest.mark.parametrize("file", MAPS, ids=lambda file: file.stem)
def test_a_map_says_what_its_model_says(file):
    if not FACTS:
        pytest.skip("the models are not here")
    document = json.loads(file.read_text())
    known = facts(document["name"])
    rows = [(path, kind) for path, kind in document["paths"].values() if not path.startswith(NOT_IN_THE_SUBSETS)]
    for table in document.get("objects", {}).values():
        rows += [(table["path"], "object")] + [(table["path"] + "{n}." + column, kind) for column, kind in table["columns"].items()]
    rows += [(path, "object") for path in document.get("names", [])]
    wrong = [(path, kind) for path, kind in rows
             if simple(known.get(general(path)) or known.get(general(path) + "{i}.", "nothing of that name")) != kind]
    assert wrong == []


@pytest.mark.parametrize("file", MAPS, ids=lambda file: file.stem)
def test_units_and_what_comes_last_are_of_paths_of_the_map(file):
    document = json.loads(file.read_text())
    assert document["name"] == file.stem
    assert [name for part in ("units", "last") for name in document.get(part, {}) if name not in document["paths"]] == []
    assert all(path.startswith(document["root"]) for path, _ in document["paths"].values())
