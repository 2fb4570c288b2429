"""Sessions over columns: the same lines as of the frames, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from p2p_pipeline.paper.columns.chunk import Chunk
from p2p_pipeline.paper.columns.dense import Every
from p2p_pipeline.paper.columns.run import Run
from p2p_pipeline.paper.columns.sparse import Sparse
from p2p_pipeline.paper.columns.storing import Columns
from p2p_pipeline.paper.log.naming import name_of
from p2p_pipeline.paper.machine.queue import stop_at
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Said, SessionState


def said_of(columns: Columns, settings: PaperSettings) -> Iterator[Said]:
    """Everything that a session of a recording says, from its start to its stop."""
    return run_chunks(Run(new_session(name_of(columns.start, settings), settings), columns.start), columns.chunks())


def run_chunks(run: Run, chunks: Iterable[Chunk]) -> Iterator[Said]:
    """The same of a session that is there, of chunks as they come."""
    session, end = run.session, run.start
    yield from run.begin()
    for chunk in chunks:
        run.open(chunk)
        end, done = chunk.until - 1, -1
        if not run.is_sparse:
            every = Every(run)
            yield from every.run()
            done = every.done
        if run.is_sparse:
            yield from Sparse(run, done).run()
        if session.state is SessionState.STOPPED:
            return
        run.close()
    yield from run.stop(stop_at(end))
