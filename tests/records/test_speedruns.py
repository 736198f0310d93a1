"""Recorded runs against the clock: kept one by one, given out by time, and refused when their recipe has changed."""

import dataclasses

import pytest

from cnnbook import experiments
from cnnbook.records import RecordError, speedruns
from cnnbook.training import fast_recipes

ONE, OTHER = fast_recipes.RECIPES["fast-narrow"], fast_recipes.TUTORIAL
RECIPES = {recipe.name: recipe for recipe in (ONE, OTHER)}


def run(recipe=ONE, minutes=1, seed=0, valid=0.5, amx=False):
    machine = f"A processor, 2 cores, 2 threads, oneDNN{', AMX' * amx}; keras 3"
    return {"recipe": recipe.name, "minutes": minutes, "seed": seed, "machine": machine, "valid": valid}


def keep(recipe=ONE, **fields):
    speedruns.keep({"key": speedruns.key(recipe, fields.get("seed", 0)), **run(recipe, **fields)})


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(speedruns, "FILE", tmp_path / "speedrun.json")


def test_runs_are_given_out_by_time_and_network_in_the_order_of_their_seeds():
    for seed in (1, 0):
        keep(seed=seed)
    keep(OTHER)
    keep(minutes=5)
    assert speedruns.read(RECIPES, 1, amx=False) == {ONE.name: [run(seed=0), run(seed=1)], OTHER.name: [run(OTHER)]}
    assert speedruns.read(RECIPES, 5, amx=False) == {ONE.name: [run(minutes=5)]}
    with pytest.raises(
        RecordError,
        match=r"no run of 15 minutes on a processor without AMX; make some there with .* --minutes 15 --networks NAME",
    ):
        speedruns.read(RECIPES, 15, amx=False)


def test_a_run_takes_the_place_of_an_earlier_one():
    for valid in (0.5, 0.6):
        keep(valid=valid)
    assert speedruns.read(RECIPES, 1, amx=False) == {ONE.name: [run(valid=0.6)]}
    assert speedruns.kept(ONE, 1, 0, amx=False)["valid"] == 0.6
    assert speedruns.kept(ONE, 1, 1, amx=False) is None


def test_runs_of_processors_with_amx_and_of_others_are_kept_apart():
    """They never stand in one comparison."""
    for amx, valid in ((False, 0.5), (True, 0.8)):
        keep(amx=amx, valid=valid)
        assert speedruns.read(RECIPES, 1, amx=amx) == {ONE.name: [run(amx=amx, valid=valid)]}
    assert speedruns.kept(ONE, 1, 0, amx=True)["valid"] == 0.8
    keep(minutes=5)
    with pytest.raises(RecordError, match="no run of 5 minutes on a processor with AMX"):
        speedruns.read(RECIPES, 5, amx=True)


@pytest.mark.parametrize("recipes", [{ONE.name: dataclasses.replace(ONE, batch_size=125)}, {OTHER.name: OTHER}])
def test_a_run_of_another_recipe_is_refused_with_the_command_that_makes_it_again(recipes):
    keep()
    with pytest.raises(RecordError, match=r"'fast-narrow', seed 0, for 1 minutes .* --networks 'fast-narrow' --write"):
        speedruns.read(recipes, 1, amx=False)


def test_a_stale_run_is_not_taken_for_kept():
    keep()
    assert speedruns.kept(dataclasses.replace(ONE, batch_size=125), 1, 0, amx=False) is None


def test_a_cut_file_is_refused():
    speedruns.FILE.write_text("[{")
    with pytest.raises(RecordError, match=r"speedrun.json is not whole .* take it from git again"):
        speedruns.read(RECIPES, 1, amx=False)


@pytest.mark.parametrize(
    ("amx", "least"),
    [
        (False, {1: ("fast-narrow", 5), 5: ("fast-middle", 3)}),
        (True, {1: ("fast-middle-16", 3), 5: ("fast-wide-16", 1), 15: ("fast-wide-16", 1), 60: ("fast-long-16", 1)}),
    ],
)
def test_the_runs_of_the_book_are_of_today_kept_to_their_time_and_of_one_machine(amx, least, monkeypatch):
    monkeypatch.undo()
    machines = set()
    for minutes, (ours, count) in least.items():
        runs = experiments.against_the_clock(minutes, amx=amx)
        assert len(runs[ours]) >= count
        for name, of_name in runs.items():
            assert [one["seed"] for one in of_name] == list(range(len(of_name))), name
            assert all(60 * minutes <= one["seconds"] <= 1.05 * 60 * minutes for one in of_name)
            machines |= {one["machine"] for one in of_name}
    assert len(machines) == 1
    assert "2 cores, 2 threads" in machines.pop()


def test_after_a_minute_the_network_of_the_page_is_far_ahead_in_every_seed(monkeypatch):
    """As the alternative text of the page's first figure says."""
    monkeypatch.undo()
    minute = experiments.against_the_clock(1)
    ours, *others = ([run["test"] for run in minute[name]] for name in ("fast-narrow", "tutorial", "deeper-5"))
    assert min(ours) > max(max(other) for other in others) + 0.1


def test_even_in_32_bits_networks_get_further_in_a_minute_with_amx(monkeypatch):
    monkeypatch.undo()
    without, with_amx = (experiments.against_the_clock(1, amx=amx) for amx in (False, True))
    for name in ("deeper-5", "tutorial"):
        assert min(run["test"] for run in with_amx[name]) > max(run["test"] for run in without[name])
