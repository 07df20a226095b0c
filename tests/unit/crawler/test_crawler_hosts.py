"""Hosts in trouble are left alone, and asked again."""

from services.crawler.hosts import FIRST_REST, LONGEST_ASKED, LONGEST_REST, LONGEST_TRIAL, LOOK_AGAIN, Hosts


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def fail(hosts: Hosts, clock: Clock, times: int, every: float = 10.0) -> None:
    for _ in range(times):
        hosts.failed("a")
        clock.now += every


def test_a_host_that_goes_on_failing_rests_longer_each_time() -> None:
    clock = Clock()
    hosts = Hosts(clock)
    fail(hosts, clock, 4)
    assert hosts.resting("a") == 0
    hosts.failed("a")
    assert hosts.resting("a") == FIRST_REST
    assert hosts.resting("b") == 0
    clock.now += FIRST_REST
    assert hosts.resting("a") == 0
    hosts.failed("a")  # the one request that is tried
    assert hosts.resting("a") == 2 * FIRST_REST
    for _ in range(20):
        clock.now += hosts.resting("a")
        hosts.failed("a")
    assert hosts.resting("a") == LONGEST_REST
    clock.now += LONGEST_REST
    hosts.answered("a")
    fail(hosts, clock, 4)
    assert hosts.resting("a") == 0


def test_one_bad_moment_is_no_trouble() -> None:
    clock = Clock()
    hosts = Hosts(clock)
    fail(hosts, clock, 50, every=0.1)
    assert hosts.resting("a") == 0


def test_what_a_host_asks_for_is_obeyed_within_reason() -> None:
    clock = Clock()
    hosts = Hosts(clock)
    hosts.asked_for_rest("a", 120)
    assert hosts.resting("a") == 120
    hosts.asked_for_rest("b", 1e9)
    assert hosts.resting("b") == LONGEST_ASKED
    hosts.asked_for_rest("c", None)
    assert hosts.resting("c") == FIRST_REST


def test_after_a_rest_one_tries_while_the_others_wait() -> None:
    clock = Clock()
    hosts = Hosts(clock)
    hosts.asked_for_rest("a", 60)
    assert hosts.admit("a") == 60
    clock.now += 60
    assert hosts.admit("a") == 0
    assert [hosts.admit("a") for _ in range(3)] == [LOOK_AGAIN] * 3
    hosts.failed("a")
    assert hosts.admit("a") == 2 * FIRST_REST
    clock.now += 2 * FIRST_REST
    assert hosts.admit("a") == 0
    hosts.answered("a")
    assert [hosts.admit("a") for _ in range(3)] == [0] * 3


def test_a_trial_of_which_nothing_is_heard_is_forgotten() -> None:
    clock = Clock()
    hosts = Hosts(clock)
    hosts.asked_for_rest("a", 1)
    clock.now += 1
    assert hosts.admit("a") == 0
    clock.now += LONGEST_TRIAL
    assert hosts.admit("a") == 0


def test_what_was_asked_before_the_rest_makes_it_neither_longer_nor_shorter() -> None:
    clock = Clock()
    hosts = Hosts(clock)
    fail(hosts, clock, 5)
    rest = hosts.resting("a")
    for _ in range(10):
        hosts.failed("a")
    hosts.answered("a")
    hosts.asked_for_rest("a", 5)
    assert hosts.resting("a") == rest
    hosts.asked_for_rest("a", 500)
    assert hosts.resting("a") == 500


def test_a_rest_of_no_time_is_one_of_ours() -> None:
    hosts = Hosts(Clock())
    hosts.asked_for_rest("a", 0)
    assert hosts.resting("a") == FIRST_REST
