from __future__ import annotations

import threading
import time

from asi_evolve.executors.slots import Resources


def _peak(resources: Resources, jobs: int, memory_mb: int) -> tuple[int, set[str]]:
    running, peak, devices, lock = 0, 0, set(), threading.Lock()

    def job() -> None:
        nonlocal running, peak
        with resources.lease(memory_mb=memory_mb) as device:
            with lock:
                running += 1
                peak = max(peak, running)
                devices.add(device)
            time.sleep(0.02)
            with lock:
                running -= 1

    threads = [threading.Thread(target=job) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return peak, devices


def test_no_more_than_the_slots_run_at_once() -> None:
    assert _peak(Resources(workers=3), 9, 10)[0] == 3


def test_memory_ceiling_holds_jobs_back() -> None:
    assert _peak(Resources(workers=8, memory_mb=1000), 8, 400)[0] == 2


def test_a_job_above_the_ceiling_runs_alone() -> None:
    assert _peak(Resources(workers=4, memory_mb=100), 4, 400)[0] == 1


def test_gpu_slots_are_spread() -> None:
    peak, devices = _peak(Resources(workers=1, gpus=2, slots_per_gpu=2), 8, 10)
    assert peak == 4
    assert devices == {"cuda:0", "cuda:1"}
