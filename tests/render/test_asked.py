"""The pictures that entries of the sheet ask for."""

from __future__ import annotations

import pytest

from tutor.catalogue.index import read
from tutor.catalogue.model import Entry
from tutor.catalogue.place import shipped
from tutor.jobs import Manner, now_job
from tutor.render.pictures import offered
from tutor.runner import Runner
from tutor.studies import studied
from tutor.trace import Trace, walk

ASKING = [entry for entry in read(shipped()) if entry.pictures]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("entry", ASKING, ids=lambda entry: entry.id)
async def test_an_entry_gets_the_pictures_that_it_asks_for(runner: Runner, entry: Entry) -> None:
    job = now_job(entry, Manner(0, "cpu", 60.0))
    trace = Trace()
    async for event in runner.run(job):
        trace = trace.apply(event)
    trace = await studied(runner, job, trace, seconds=60.0)

    kinds = {picture.kind for step in walk(trace.steps) for picture in offered(step, trace)}
    assert set(entry.pictures) <= kinds
