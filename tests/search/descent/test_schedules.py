import pytest

from sphcode.search.descent.schedules import DENSE, SCHEDULES, TAIL, Schedule, large_hop, large_schedule


@pytest.mark.parametrize("name", SCHEDULES)
def test_exponents_rise(name):
    powers = [stage[0] for stage in SCHEDULES[name].stages]
    assert powers == sorted(powers)
    assert SCHEDULES[name].squarings == powers[-1]


@pytest.mark.parametrize("effort", [1.0, 30.0, 500.0, 1e9])
def test_limited_takes_at_most_about_the_effort(effort):
    schedule = Schedule(((0, 300, 1e-6), (3, 100, 1e-4), (6, 100, 1e-3)), screened=False)
    limited = schedule.limited(effort)
    assert [stage[0] for stage in limited.stages] == [0, 3, 6]
    assert limited.iterations <= max(effort, len(schedule.stages))
    assert limited.screened is False
    if effort > 600:
        assert limited == schedule


def test_tailed_goes_on_to_sharper_exponents():
    tailed = SCHEDULES["soft"].tailed()
    assert tailed.stages[-len(TAIL) :] == TAIL
    assert tailed.stages[:-4] == SCHEDULES["soft"].stages


def test_gap_is_a_share_of_one_minus_the_cosine():
    assert SCHEDULES["sharp"].gap(0.5) == 0.5 / 2**5
    stages, tolerances = SCHEDULES["sharp"].arrays()
    assert stages.tolist() == [[5, 40]]
    assert tolerances.tolist() == [1e-2]


def test_large_codes_iterate_with_the_root_of_their_size():
    small, huge, larger = (large_schedule(3, n) for n in (400, 10_000, 40_000))
    assert small.stages[0][1] == 3 * 2 * 20
    assert huge.stages == larger.stages
    assert large_hop(3, 400).stages == small.stages[3:]
    assert large_schedule(16, 512) != large_schedule(64, 512)


@pytest.mark.parametrize("dim", [3, 16, 64])
def test_a_hop_has_the_sharp_stages_of_a_large_start(dim):
    whole = large_schedule(dim, 4000).stages
    sharp = large_hop(dim, 4000).stages
    assert sharp == tuple(stage for stage in whole if stage[0] >= 9)
    assert whole[-len(sharp) :] == sharp != whole


def test_before_a_dear_polish_each_exponent_is_twice_the_last():
    # As are those of large codes with lists, from the first listed one on: what is left for the polish is then known.
    for stages in (DENSE.stages, large_schedule(16, 512).stages[1:]):
        powers = [stage[0] for stage in stages]
        assert powers == list(range(powers[0], powers[-1] + 1))
