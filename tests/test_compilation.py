"""Who is told of a compilation, and when the main thread may be interrupted."""

from sphcode import _compilation
from sphcode._progress import Progress


def test_the_latest_watcher_is_told():
    first, second = [], []
    _compilation.tell(Progress("nobody listens", 0))
    _compilation.watch(first.append)
    _compilation.watch(second.append)
    _compilation.tell(Progress("one", 0))
    _compilation.unwatch(second.append)
    _compilation.tell(Progress("two", 0))
    _compilation.unwatch(first.append)
    assert [event.stage for event in first] == ["two"]
    assert [event.stage for event in second] == ["one"]


def test_waiting_is_known_inside_the_block_only():
    assert not _compilation.waiting()
    with _compilation.left_by_interrupt(), _compilation.left_by_interrupt():
        assert _compilation.waiting()
    assert not _compilation.waiting()


def test_threads_give_up_inside_the_block_only():
    assert not _compilation.is_given_up()
    with _compilation.given_up():
        assert _compilation.is_given_up()
    assert not _compilation.is_given_up()
