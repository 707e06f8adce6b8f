"""The client answers jobs, cancels them, and survives everything that a real child process can do."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from worker_children import (
    PREVIEW_SIDE,
    is_alive,
    run_never_ready,
    run_nothing,
    run_ready_the_second_time,
    run_scripted,
    run_without_library,
)
from worker_listener import Listener, job, picture

from lmd_desktop.domain.errors import ExitCode
from lmd_desktop.workers.attempts import next_attempt
from lmd_desktop.workers.client import WorkerClient
from lmd_desktop.workers.endings import describe_ending
from lmd_desktop.workers.messages import (
    Died,
    Failed,
    Freed,
    JobCancelled,
    Load,
    Loaded,
    PlanJob,
    Planned,
    Preview,
    Progress,
    Ready,
    Rendered,
    Retried,
)


def test_first_job_starts_the_process_and_is_answered(client: WorkerClient, listener: Listener) -> None:
    assert not client.is_running
    client.submit(job("answer"))
    assert listener.wait_for_end().result.raw == "raw"
    assert [type(event) for event in listener.events] == [Ready, Loaded, Progress, Planned]
    assert client.is_running


def test_jobs_run_one_after_the_other_in_order(client: WorkerClient, listener: Listener) -> None:
    for number in range(5):
        client.submit(job("answer", f"job {number}"))
    ended = [listener.wait_for_end().job_id for _ in range(5)]
    assert ended == [f"job {number}" for number in range(5)]


def test_load_ends_with_loaded(client: WorkerClient, listener: Listener) -> None:
    client.submit(Load("load", "model.gguf"))
    assert listener.wait_for(Loaded).job_id == "load"
    client.submit(job("answer"))
    assert isinstance(listener.wait_for_end(), Planned)


def test_start_makes_the_process_ready_without_a_job(client: WorkerClient, listener: Listener) -> None:
    client.start()
    assert listener.wait_for(Ready).versions == (("scripted", "1"),)


def test_a_cancelled_job_stops_within_a_moment_and_the_process_stays(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("loop"))
    listener.wait_for(Progress)
    pid, asked = client.pid, time.monotonic()
    client.cancel("job")
    assert listener.wait_for_end() == JobCancelled("job")
    assert time.monotonic() - asked < 1.0
    assert client.pid == pid


def test_a_cancel_before_the_process_is_ready_needs_no_kill(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("hang"))
    client.cancel("job")
    assert listener.wait_for_end() == JobCancelled("job")
    client.submit(job("answer", "next"))
    assert isinstance(listener.wait_for_end(), Planned)


def test_a_waiting_job_can_be_cancelled(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("loop", "first"))
    listener.wait_for(Progress)
    client.submit(job("answer", "second"))
    client.cancel("second")
    assert listener.wait_for_end() == JobCancelled("second")
    client.cancel("first")
    assert listener.wait_for_end() == JobCancelled("first")


def test_cancelling_an_unknown_job_does_nothing(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("answer"))
    listener.wait_for_end()
    client.cancel("job")
    client.cancel("another")
    client.submit(job("answer", "next"))
    assert listener.wait_for_end().job_id == "next"


@pytest.mark.parametrize("text", ["hang", "hold the interpreter", "half a message"])
def test_a_job_that_does_not_hear_the_cancel_is_killed(client: WorkerClient, listener: Listener, text: str) -> None:
    client.submit(job(text))
    listener.wait_for(Progress)
    pid, asked = client.pid, time.monotonic()
    client.cancel("job")
    cancelled = listener.wait_for_end()
    assert isinstance(cancelled, JobCancelled)
    assert "did not answer within 3 seconds" in cancelled.note
    assert 2.5 < time.monotonic() - asked < 5.0
    assert pid is not None
    assert not is_alive(pid)
    client.submit(job("answer", "next"))
    assert listener.wait_for_end().job_id == "next"
    assert not [event for event in listener.events if isinstance(event, Died)]


@pytest.mark.parametrize(
    ("text", "words", "exit_code"),
    [
        ("kill", "killed from outside", -9),
        ("exit", "exit code 0", 0),
        ("end of file", "stopped answering", -9),
        ("no length", "stopped answering", -9),
    ],
)
def test_two_crashes_in_a_row_fail_the_job_in_words_and_the_next_job_runs(
    client: WorkerClient, listener: Listener, *, text: str, words: str, exit_code: int
) -> None:
    client.submit(job(text))
    failed = listener.wait_for_end()
    (retried,) = [event for event in listener.events if isinstance(event, Retried)]
    assert words in retried.cause
    assert "tried once more" in retried.measure
    assert isinstance(failed, Failed)
    assert failed.job_id == "job"
    assert words in failed.cause
    assert "second time in a row" in failed.cause
    assert failed.next_step
    died = listener.wait_for(Died)
    assert died.exit_code == exit_code
    client.submit(job("answer", "next"))
    assert isinstance(listener.wait_for_end(), Planned)


@pytest.mark.parametrize(
    ("text", "words", "exit_code"),
    [("segfault", "native library", -11), ("abort", "internal check", -6), ("eat", "memory ran out", -6)],
)
def test_a_planner_that_crashes_goes_down_every_step_and_fails_in_words(
    client: WorkerClient, listener: Listener, *, text: str, words: str, exit_code: int
) -> None:
    client.submit(job(text))
    failed = listener.wait_for_end()
    retried = [event for event in listener.events if isinstance(event, Retried)]
    assert [event.measure for event in retried] == [
        "It is tried again without flash attention.",
        "It is tried again in one thread and without packing the weights anew.",
    ]
    assert all(words in event.cause for event in retried)
    assert isinstance(failed, Failed)
    assert words in failed.cause
    assert "Every safer way" in failed.cause
    assert "starter planner" in failed.next_step
    assert listener.wait_for(Died).exit_code == exit_code


def test_a_planner_stays_at_the_step_that_helped(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("segfault below level 3"))
    first = listener.wait_for_end()
    client.submit(job("answer", "next"))
    second = listener.wait_for_end()
    assert isinstance(first, Planned)
    assert isinstance(second, Planned)
    assert first.result.raw == second.result.raw == "level 3"


def test_only_a_planner_that_had_a_card_is_tried_without_it() -> None:
    crash = describe_ending("planner", -6, ran_out_of_memory=False)
    steps = [
        next_attempt(replace(job("x"), device=device), crash, 1, was_loading=True, has_card=has_card)
        for device, has_card in (("auto", True), ("cpu", True), ("auto", False))
    ]
    levels = [step.job.safety_level for step in steps if step is not None and isinstance(step.job, PlanJob)]
    assert levels == [1, 2, 2]


def test_the_last_log_lines_come_with_a_crash(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("segfault"))
    details = listener.wait_for_end().details
    assert "about to read address zero" in details
    assert "Segmentation fault" in details


def test_jobs_behind_a_crash_run_in_a_new_process(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("kill", "first"))
    client.submit(job("answer", "second"))
    ends = [listener.wait_for_end(), listener.wait_for_end()]
    assert [type(end) for end in ends] == [Failed, Planned]


def test_a_job_that_crashed_once_is_answered_by_the_second_process(
    client: WorkerClient, listener: Listener, tmp_path: Path
) -> None:
    client.submit(job("once", model=str(tmp_path / "model.gguf")))
    assert isinstance(listener.wait_for_end(), Planned)
    assert not [event for event in listener.events if isinstance(event, Died)]


def test_a_job_that_is_tried_again_can_be_stopped(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("loop"))
    listener.wait_for(Progress)
    assert client.pid is not None
    os.kill(client.pid, signal.SIGKILL)
    listener.wait_for(Retried)
    client.cancel("job")
    assert listener.wait_for_end() == JobCancelled("job")


def test_a_picture_without_memory_goes_down_step_by_step_in_new_processes(
    client: WorkerClient, listener: Listener
) -> None:
    client.submit(picture("memory below level 2"))
    rendered = listener.wait_for_end()
    assert rendered.result.notes == ("level 2",)
    told = [event for event in listener.events if isinstance(event, Retried)]
    assert ["slices" in told[0].measure, "computed again" in told[1].measure] == [True, True]
    assert all(event.is_for_memory for event in told)
    assert len([event for event in listener.events if isinstance(event, Ready)]) == 3
    # The next picture does not run out of memory first.
    client.submit(picture("memory below level 2", "next"))
    assert listener.wait_for_end().result.notes == ("level 2",)


def test_the_words_of_the_allocator_count_as_out_of_memory(client: WorkerClient, listener: Listener) -> None:
    client.submit(picture("eat below level 1"))
    assert listener.wait_for_end().result.notes == ("level 1",)


def test_a_picture_that_no_step_saves_fails_and_the_next_one_is_painted(
    client: WorkerClient, listener: Listener
) -> None:
    client.submit(picture("memory", "large"))
    client.submit(picture("answer", "small"))
    failed = listener.wait_for_end()
    assert (failed.job_id, failed.exit_code) == ("large", ExitCode.OUT_OF_MEMORY)
    assert "Every step that saves memory was tried" in failed.cause
    assert isinstance(listener.wait_for_end(), Rendered)


def test_freeing_ends_the_process_after_its_job_and_the_next_job_starts_another(
    client: WorkerClient, listener: Listener
) -> None:
    client.submit(job("answer"))
    client.free()
    assert isinstance(listener.wait_for_end(), Planned)
    listener.wait_for(Freed)
    assert not client.is_running
    client.submit(job("answer", "next"))
    assert isinstance(listener.wait_for_end(), Planned)
    assert not [event for event in listener.events if isinstance(event, Died)]


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="needs /proc (Linux)")
def test_a_worker_waits_for_the_window_and_goes_first_without_memory(client: WorkerClient, listener: Listener) -> None:
    client.start()
    listener.wait_for(Ready)
    assert client.pid is not None
    assert os.getpriority(os.PRIO_PROCESS, client.pid) > os.getpriority(os.PRIO_PROCESS, 0)
    ours, theirs = (int(Path(f"/proc/{pid}/oom_score_adj").read_text()) for pid in ("self", client.pid))
    assert theirs > ours


def test_death_while_idle_is_told_and_nothing_is_restarted(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("answer"))
    listener.wait_for_end()
    assert client.pid is not None
    os.kill(client.pid, signal.SIGKILL)
    assert listener.wait_for(Died).exit_code == -9
    assert not client.is_running


@pytest.mark.parametrize("text", ["garbage", "not an event", "code", "wrong fields"])
def test_unreadable_messages_end_the_process(client: WorkerClient, listener: Listener, text: str) -> None:
    client.submit(job(text))
    assert "cannot be read" in listener.wait_for_end().cause
    client.submit(job("answer", "next"))
    assert isinstance(listener.wait_for_end(), Planned)


def test_a_worker_that_was_taken_over_cannot_call_anything_in_the_window(
    client: WorkerClient, listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    client.submit(job("code"))
    assert "cannot be read" in listener.wait_for_end().cause
    assert not (tmp_path / "taken-over").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="limits memory as POSIX does")
def test_real_lack_of_memory_is_told_as_such(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("allocate"))
    failed = listener.wait_for_end()
    assert failed.exit_code == ExitCode.OUT_OF_MEMORY
    client.submit(job("answer", "next"))
    assert isinstance(listener.wait_for_end(), Planned)


def test_stop_ends_a_process_that_hangs_before_it_is_ready(
    make_client: Callable[..., WorkerClient], listener: Listener, tmp_path: Path
) -> None:
    client = make_client(functools.partial(run_ready_the_second_time, tmp_path / "mark"))
    client.submit(job("answer", "first"))
    listener.wait_until(lambda: (tmp_path / "mark").exists())
    pid = client.pid
    client.cancel("first")
    assert listener.wait_for_end() == JobCancelled("first")
    client.submit(job("answer", "second"))
    assert isinstance(listener.wait_for_end(), Planned)
    assert pid is not None
    assert not is_alive(pid)


def test_a_process_that_never_gets_ready_fails_its_jobs_in_words(
    make_client: Callable[..., WorkerClient], listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmd_desktop.workers.client.START_LIMIT_S", 0.6)
    client = make_client(run_never_ready)
    client.submit(job("answer"))
    failed = listener.wait_for_end()
    assert "did not get ready within" in failed.cause
    assert listener.wait_for(Died).cause == failed.cause
    assert not client.is_running


@pytest.mark.parametrize(
    ("text", "words", "exit_code"),
    [
        ("raise", "tensor of size 3", ExitCode.FAILED),
        ("user error", "The model is missing.", ExitCode.MODEL_MISSING),
    ],
)
def test_an_exception_fails_the_job_and_the_process_goes_on(
    client: WorkerClient, listener: Listener, *, text: str, words: str, exit_code: int
) -> None:
    client.submit(job(text))
    failed = listener.wait_for_end()
    assert words in failed.cause
    assert failed.exit_code == exit_code
    assert "Traceback" in failed.details
    pid = client.pid
    client.submit(job("answer", "next"))
    assert isinstance(listener.wait_for_end(), Planned)
    assert client.pid == pid


def test_a_model_that_kills_twice_while_loading_is_refused(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("answer", "first", model="deadly.gguf"))
    assert "killed" in listener.wait_for_end().cause
    listener.wait_for(Died)
    client.submit(job("answer", "second", model="deadly.gguf"))
    refused = listener.wait_for_end()
    assert "2 times in a row while loading deadly.gguf" in refused.cause
    assert "Choose another model" in refused.next_step
    assert not client.is_running
    client.submit(job("answer", "other"))
    assert isinstance(listener.wait_for_end(), Planned)


def test_a_process_that_ends_at_once_fails_every_waiting_job(
    make_client: Callable[..., WorkerClient], listener: Listener
) -> None:
    client = make_client(run_nothing)
    client.submit(job("answer", "first"))
    client.submit(job("answer", "second"))
    ends = [listener.wait_for_end(), listener.wait_for_end()]
    assert [end.job_id for end in ends] == ["first", "second"]
    assert "exit code 7" in ends[0].cause
    assert listener.wait_for(Died).exit_code == 7


def test_a_missing_library_is_named(make_client: Callable[..., WorkerClient], listener: Listener) -> None:
    client = make_client(run_without_library)
    client.submit(job("answer"))
    failed = listener.wait_for_end()
    assert failed.job_id == "job"
    assert "llama_cpp" in failed.cause
    assert listener.wait_for(Died).cause == failed.cause
    assert len([event for event in listener.events if isinstance(event, Failed)]) == 1


def test_a_log_folder_that_cannot_be_made_is_no_reason_not_to_work(listener: Listener, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    client = WorkerClient("planner", listener, log_folder=tmp_path / "file" / "logs", main=run_scripted)
    client.submit(job("answer"))
    assert isinstance(listener.wait_for_end(), Planned)
    client.close()


def test_the_log_keeps_no_sentence_that_may_quote_what_the_person_wrote(
    client: WorkerClient, listener: Listener, tmp_path: Path
) -> None:
    client.submit(job("environment"))
    assert "HF_HUB_OFFLINE=1" in listener.wait_for_end().cause
    written = (tmp_path / "logs" / "planner.log").read_text(encoding="utf-8")
    assert "job job failed" in written
    assert "HF_HUB_OFFLINE" not in written


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full (Linux)")
def test_a_full_disk_under_the_log_does_not_fail_the_job(listener: Listener, tmp_path: Path) -> None:
    (tmp_path / "planner.log").symlink_to("/dev/full")
    client = WorkerClient("planner", listener, log_folder=tmp_path, main=run_scripted)
    client.submit(job("talk"))
    assert isinstance(listener.wait_for_end(), Planned)
    client.close()


def test_late_events_of_other_jobs_are_dropped(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("late"))
    listener.wait_for_end()
    assert not [event for event in listener.events if isinstance(event, Progress)]


def test_a_flood_of_previews_is_thinned_out(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("previews"))
    started = time.monotonic()
    listener.wait_for_end()
    previews = [event for event in listener.events if isinstance(event, Preview)]
    assert 1 <= len(previews) <= (time.monotonic() - started) / 0.12 + 2
    assert len(previews[0].rgb) == PREVIEW_SIDE * PREVIEW_SIDE * 3


def test_the_child_is_offline_and_this_process_keeps_its_environment(client: WorkerClient, listener: Listener) -> None:
    before = dict(os.environ)
    client.submit(job("environment"))
    told = listener.wait_for_end().cause
    for setting in ("HF_HUB_OFFLINE=1", "TRANSFORMERS_OFFLINE=1", "OMP_WAIT_POLICY=passive"):
        assert setting in told
    assert dict(os.environ) == before


def test_close_ends_a_busy_process_soon(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("hang"))
    listener.wait_for(Progress)
    pid, asked = client.pid, time.monotonic()
    client.close()
    assert time.monotonic() - asked < 3.0
    assert pid is not None
    assert not is_alive(pid)


def test_close_works_while_half_a_message_is_awaited(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("half a message"))
    listener.wait_for(Progress)
    client.close()
    assert not client.is_running


def test_close_works_before_the_process_is_ready(make_client: Callable[..., WorkerClient]) -> None:
    client = make_client(run_never_ready)
    client.start()
    client.close()
    assert not client.is_running


def test_a_closed_client_starts_afresh(client: WorkerClient, listener: Listener) -> None:
    client.submit(job("answer"))
    listener.wait_for_end()
    client.close()
    client.submit(job("answer", "next"))
    assert listener.wait_for_end().job_id == "next"


def test_many_threads_may_submit_and_cancel(client: WorkerClient, listener: Listener) -> None:
    def work(number: int) -> None:
        client.submit(job("loop", f"job {number}"))
        client.cancel(f"job {number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    ends = [listener.wait_for_end() for _ in threads]
    assert {end.job_id for end in ends} == {f"job {number}" for number in range(20)}
