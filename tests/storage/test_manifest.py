from omnisim.scenario import load_scenario
from omnisim.storage.manifest import canonical_json, content_hash, dataset_hash


def test_the_manifest_and_the_scenario_agree_on_its_hash():
    scenario = load_scenario("omnichannel_fashion")
    assert content_hash(scenario.canonical()) == scenario.content_hash


def test_canonical_json_has_one_spelling():
    assert canonical_json({"b": (1, None), "a": "é"}) == '{"a":"\\u00e9","b":[1,null]}'
    assert canonical_json({"b": 1, "a": 2}) == canonical_json({"a": 2, "b": 1})


def test_every_ingredient_changes_the_hash():
    base = {"rng_scheme": "a/1", "scenario": {"x": 1}, "seed": 1, "digests": {"tables/a": "0"}}
    changes = [
        {"rng_scheme": "a/2"},
        {"scenario": {"x": 2}},
        {"scenario": None},
        {"seed": 2},
        {"digests": {"tables/a": "1"}},
        {"digests": {"truth/a": "0"}},
        {"digests": {"tables/a": "0", "tables/b": "0"}},
    ]
    hashes = {dataset_hash(**(base | change)) for change in [{}, *changes]}
    assert len(hashes) == len(changes) + 1
