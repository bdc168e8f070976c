from __future__ import annotations

import threading
import time

from asi_evolve.executors.slots import Resources


def _peak(resources: Resources, jobs: int, memory_mb: int, expected: int) -> tuple[int, set[str]]:
    """The most jobs that ran at once, and their devices. Jobs wait for each other until ``expected`` run."""
    running, peak, devices, changed = 0, 0, set(), threading.Condition()

    def job() -> None:
        nonlocal running, peak
        with resources.lease(memory_mb=memory_mb) as device:
            with changed:
                running += 1
                peak = max(peak, running)
                devices.add(device)
                changed.notify_all()
                changed.wait_for(lambda: peak >= expected, timeout=10)
            time.sleep(0.02)  # time for one too many to come in
            with changed:
                running -= 1

    threads = [threading.Thread(target=job) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return peak, devices


def test_no_more_than_the_slots_run_at_once() -> None:
    assert _peak(Resources(workers=3), 9, 10, expected=3)[0] == 3


def test_memory_ceiling_holds_jobs_back() -> None:
    assert _peak(Resources(workers=8, memory_mb=1000), 8, 400, expected=2)[0] == 2


def test_a_job_above_the_ceiling_runs_alone() -> None:
    assert _peak(Resources(workers=4, memory_mb=100), 4, 400, expected=1)[0] == 1


def test_gpu_slots_are_spread() -> None:
    peak, devices = _peak(Resources(workers=1, gpus=2, slots_per_gpu=2), 8, 10, expected=4)
    assert peak == 4
    assert devices == {"cuda:0", "cuda:1"}


def test_a_large_job_is_not_overtaken() -> None:
    resources = Resources(workers=4, memory_mb=1000)
    order: list[str] = []
    threads = []

    def job(name: str, memory_mb: int) -> None:
        with resources.lease(memory_mb=memory_mb):
            order.append(name)

    with resources.lease(memory_mb=400):
        for place, (name, memory_mb) in enumerate((("large", 900), ("small", 200)), start=1):
            threads.append(threading.Thread(target=job, args=(name, memory_mb)))
            threads[-1].start()
            deadline = time.monotonic() + 60
            while len(resources._waiting) < place and time.monotonic() < deadline:
                time.sleep(0.01)
        # There is room for the small one, but the large one was here first.
        assert order == []
        assert len(resources._waiting) == 2
    for thread in threads:
        thread.join(60)
    assert order == ["large", "small"]
