"""The fold from events to a Trace, by hand and on recordings of the worker."""

from __future__ import annotations

from dataclasses import replace

import pytest
from recorded import JOBS, events, folded, settled, trace

from tutor.runner import Runner
from tutor.trace import POINTS, Output, Step, Trace, walk
from tutor.worker.wire import (
    Change,
    ClaimChecked,
    Error,
    Finished,
    Gradient,
    JobEvent,
    LoopAdvanced,
    Operands,
    PlainValue,
    Printed,
    Series,
    Started,
    StepBegan,
    StepEnded,
    Warned,
)


def began(step: int, parent: int = -1, kind: str = "statement", index: int = 0) -> StepBegan:
    return StepBegan("j", step, parent, kind, step + 1, step + 1, index=index)


def ended(step: int, how: str = "done") -> StepEnded:
    return StepEnded("j", step, how)


def printed(step: int, text: str, stream: str = "stdout", skipped: int = 0) -> Printed:
    return Printed("j", step, stream, text, skipped)


def shape(step: Step) -> tuple[object, ...]:
    """The ids of a step and the steps inside it."""
    return (step.id, *(shape(child) for child in step.children))


# ------------------------------------------------------------------------------------------------ the fold


def test_steps_nest_where_they_belong() -> None:
    story = (
        began(0),
        ended(0),
        began(1),
        began(2, 1),
        began(3, 2),
        ended(3),
        ended(2),
        began(4, 1),
        ended(4),
        ended(1),
    )
    assert [shape(s) for s in folded(story).steps] == [(0,), (1, (2, (3,)), (4,))]


def test_a_step_starts_out_running_with_what_began_it() -> None:
    (step,) = folded([StepBegan("j", 7, -1, "statement", 3, 5, "label", 2)]).steps
    assert step == Step(7, "statement", 3, 5, "label", 2, state="running")


def test_a_step_takes_all_that_its_end_tells() -> None:
    value = PlainValue("int", "2")
    end = StepEnded(
        "j",
        0,
        "done",
        value,
        (Change("x", "new", value),),
        (Gradient("x", "filled"),),
        (Warned("UserWarning", "w"),),
        None,
        1.5,
        64,
        3,
        (Series("loss", ((0, 1.0),)),),
    )
    (step,) = folded([began(0), end]).steps
    assert step == Step(
        0,
        "statement",
        1,
        1,
        state="done",
        value=value,
        changes=end.changes,
        gradients=end.gradients,
        warnings=end.warnings,
        ms=1.5,
        memory=64,
        done=3,
        series=end.series,
    )


def test_of_a_loop_the_first_and_the_latest_iteration_are_kept() -> None:
    story: list[JobEvent] = [began(0)]
    for i in range(5):
        story += [began(10 + i, 0, "iteration", i), began(20 + i, 10 + i), ended(20 + i), ended(10 + i)]
        kept = [c.index for c in folded(story).steps[0].children]
        assert kept == ([0] if i == 0 else [0, i])
    assert [shape(s) for s in folded(story).steps] == [(0, (10, (20,)), (14, (24,)))]


def test_a_call_inside_a_loop_takes_no_iteration_away() -> None:
    story = (
        began(0),
        began(1, 0, "call"),
        ended(1),
        began(2, 0, "iteration", 0),
        ended(2),
        began(3, 0, "iteration", 1),
        ended(3),
    )
    assert [c.kind for c in folded(story).steps[0].children] == ["call", "iteration", "iteration"]


def test_progress_counts_and_lengthens_its_series() -> None:
    story = (
        began(0),
        LoopAdvanced("j", 0, 2, 10, (Series("loss", ((0, 4.0), (1, 3.0))),)),
        LoopAdvanced("j", 0, 4, 10, (Series("loss", ((2, 2.0),)), Series("lr", ((3, 0.1),)))),
    )
    (step,) = folded(story).steps
    assert (step.done, step.total) == (4, 10)
    assert step.series == (Series("loss", ((0, 4.0), (1, 3.0), (2, 2.0))), Series("lr", ((3, 0.1),)))


def test_a_growing_series_keeps_its_latest_points() -> None:
    first = LoopAdvanced("j", 0, 1, -1, (Series("x", tuple((i, i) for i in range(POINTS))),))
    second = LoopAdvanced("j", 0, 2, -1, (Series("x", ((POINTS, 7),)),))
    (series,) = folded([began(0), first, second]).steps[0].series
    assert len(series.points) == POINTS
    assert (series.points[0], series.points[-1]) == ((1, 1), (POINTS, 7))


def test_the_end_of_a_loop_without_a_count_leaves_the_one_that_grew() -> None:
    grown = LoopAdvanced("j", 0, 4, 10, (Series("loss", ((2, 2.0),)),))
    (step,) = folded([began(0), grown, ended(0, "raised")]).steps
    assert (step.done, step.total, step.series) == (4, 10, grown.series)


def test_text_of_one_stream_runs_together() -> None:
    story = (began(0), printed(0, "a"), printed(0, "b\n"), printed(0, "!", "stderr"), printed(0, "c"))
    (step,) = folded(story).steps
    assert step.outputs == (Output("stdout", "ab\n"), Output("stderr", "!"), Output("stdout", "c"))
    assert step.text("stdout") == "ab\nc"


def test_text_after_a_gap_stands_by_itself() -> None:
    (step,) = folded([began(0), printed(0, "a"), printed(0, "z", skipped=9), printed(0, "!")]).steps
    assert step.outputs == (Output("stdout", "a"), Output("stdout", "z!", 9))


def test_text_belongs_to_the_innermost_step_that_is_named() -> None:
    (outer,) = folded([began(0), began(1, 0), printed(1, "in"), ended(1), printed(0, "out")]).steps
    assert outer.text("stdout") == "out"
    assert outer.children[0].text("stdout") == "in"


def test_text_of_no_step_is_kept_aside() -> None:
    assert folded([printed(-1, "a"), printed(-1, "b")]).outputs == (Output("stdout", "ab"),)


def test_the_end_of_a_job_stops_what_still_runs() -> None:
    story = (began(0), ended(0), began(1), began(2, 1), ended(2), began(3, 1), Finished("j", "timed_out"))
    assert [s.state for s in walk(folded(story).steps)] == ["done", "stopped", "done", "stopped"]


@pytest.mark.parametrize(("how", "state"), [("done", "done"), ("left", "left"), ("raised", "raised")])
def test_how_a_step_ended(how: str, state: str) -> None:
    assert folded([began(0), ended(0, how)]).steps[0].state == state


def test_only_an_error_that_left_its_statement_is_the_error_of_the_run() -> None:
    handled, fatal = Error("KeyError", "handled"), Error("ValueError", "fatal")
    story = (
        began(0),
        began(1, 0),
        replace(ended(1, "raised"), error=handled),
        ended(0),
        began(2),
        replace(ended(2, "raised"), error=fatal),
    )
    assert folded(story[:4]).error is None
    assert folded(story).error == fatal


def test_warnings_are_found_at_any_depth_in_order() -> None:
    first, second = Warned("A", "1"), Warned("B", "2")
    story = (
        began(0),
        began(1, 0),
        replace(ended(1), warnings=(first,)),
        ended(0),
        began(2),
        replace(ended(2), warnings=(second,)),
    )
    assert folded(story).warnings == (first, second)


def test_claims_are_kept_in_order_and_decide() -> None:
    holds, fails, end = ClaimChecked("j", 0, True), ClaimChecked("j", 1, False, "is False"), Finished("j", "finished")
    assert folded([holds, fails, end]).claims == (holds, fails)
    assert folded([holds, end]).ok
    assert not folded([holds, fails, end]).ok
    assert not folded([holds]).ok
    assert not folded([holds, Finished("j", "timed_out")]).ok


def test_the_start_names_seed_device_and_code() -> None:
    started = folded([Started("j", 7, "cuda:1", "1 + 1")])
    assert (started.seed, started.device, started.code) == (7, "cuda:1", "1 + 1")


def test_operands_and_the_end_are_kept_as_they_are() -> None:
    operands, end = Operands("j", "torch.mm", ()), Finished("j", "raised")
    assert (folded([operands, end]).operands, folded([operands, end]).finished) == (operands, end)


# ------------------------------------------------------------------------------------------------ recordings


@pytest.mark.parametrize("name", sorted(JOBS))
def test_applying_an_event_leaves_the_trace_before_it_as_it_was(name: str) -> None:
    told = events(name)
    stages, before = [Trace()], [repr(Trace())]
    for event in told:
        stages.append(stages[-1].apply(event))
        before.append(repr(stages[-1]))
    assert [repr(stage) for stage in stages] == before
    assert hash(stages[-1]) == hash(folded(told))
    assert stages[-1] == folded(told)


@pytest.mark.parametrize("name", sorted(JOBS))
def test_nothing_of_a_recording_is_lost(name: str) -> None:
    told, run = events(name), trace(name)
    said = {s.id: "".join(e.text for e in told if isinstance(e, Printed) and e.step == s.id) for s in walk(run.steps)}
    kept = {s.id for s in walk(run.steps)}
    ends = {e.step for e in told if isinstance(e, StepEnded)}
    assert run.finished == told[-1]
    assert sum(isinstance(e, Finished) for e in told) == 1
    assert {s.id for s in walk(run.steps) if s.state in ("done", "raised", "left")} == ends & kept
    assert {s.id: "".join(o.text for o in s.outputs) for s in walk(run.steps)} == said
    assert sum(o.skipped for s in walk(run.steps) for o in s.outputs) == sum(
        e.skipped for e in told if isinstance(e, Printed)
    )
    assert len(run.claims) == sum(isinstance(e, ClaimChecked) for e in told)


def test_backward_fills_adds_up_zeroes_and_clears() -> None:
    hows = [(s.line, g.how) for s in trace("backward").steps for g in s.gradients if g.name == "x"]
    assert hows == [(3, "filled"), (5, "accumulated"), (6, "zeroed"), (7, "cleared")]


def test_a_training_loop_has_its_first_and_last_iteration_and_its_curve() -> None:
    loop = next(s for s in trace("training").steps if s.done)
    assert [c.index for c in loop.children] == [0, 7]
    assert loop.done == 8
    (series,) = (s for s in loop.series if s.name == "loss")
    assert [i for i, _ in series.points] == list(range(8))
    first, *_, last = (float(y) for _, y in series.points if isinstance(y, float))
    assert last < first / 10


def test_a_script_of_functions_opens_into_calls() -> None:
    run = trace("main")
    assert [s.label for s in walk(run.steps) if s.kind == "call"] == ["main", "double", "double", "double"]
    assert run.ok


def test_an_error_has_its_frames_and_operands() -> None:
    run = trace("matmul")
    assert run.error is not None
    assert [f.line for f in run.error.frames] == [7, 2]
    assert run.operands is not None
    assert len(run.operands.operands) == 2
    assert [s.state for s in run.steps][-1] == "raised"


@pytest.mark.parametrize(
    ("name", "outcome", "state"),
    [("leaves", "finished", "raised"), ("dies", "died", "stopped"), ("endless", "timed_out", "raised")],
)
def test_how_runs_end_that_do_not_come_to_their_last_line(name: str, outcome: str, state: str) -> None:
    run = trace(name)
    assert run.finished is not None
    assert (run.finished.outcome, run.steps[-1].state) == (outcome, state)


def skeleton(told: tuple[JobEvent, ...] | list[JobEvent]) -> list[tuple[object, ...]]:
    """What must not change without a word: kinds, places, names, hows; not the numbers of one build of torch."""
    out: list[tuple[object, ...]] = []
    for event in told:
        match event:
            case StepBegan():
                out.append((event.step, event.parent, event.kind, event.line, event.end_line, event.label))
            case StepEnded():
                names = [(c.name, c.how, type(c.value).__name__) for c in event.changes]
                grads = [(g.name, g.how) for g in event.gradients]
                error = event.error.type if event.error else ""
                out.append((event.step, event.how, type(event.value).__name__, names, grads, error))
            case ClaimChecked():
                out.append((event.index, event.holds, [s.code for s in event.sides]))
            case Finished():
                out.append((event.outcome, event.reason, event.why, event.line))
            case Operands():
                out.append((event.call, [o.key for o in event.operands]))
            case _:
                out.append((type(event).__name__,))
    return out


@pytest.mark.parametrize("name", sorted(set(JOBS) - {"endless", "floods"}))
async def test_the_recordings_are_what_the_worker_says(runner: Runner, name: str) -> None:
    told = settled([event async for event in runner.run(JOBS[name])], name)
    assert skeleton(told) == skeleton(events(name)), "the worker tells another story; `pytest --record` keeps it"


@pytest.mark.parametrize("name", ["endless", "floods"])
async def test_recordings_whose_cuts_are_a_matter_of_time(runner: Runner, name: str) -> None:
    """Where the text of a flood is cut differs, as does how far an endless loop comes."""
    told = settled([event async for event in runner.run(JOBS[name])], name)
    assert folded(told).finished == trace(name).finished
