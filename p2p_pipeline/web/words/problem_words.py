"""What went wrong, for people: each kind of problem has its name, what it means, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from p2p_pipeline.web.guard.sizes import MOST_PATH_BYTES, MOST_QUERY_BYTES
from p2p_pipeline.web.problems import Code
from p2p_pipeline.web.words.languages import Words


@dataclass(frozen=True, slots=True)
class ProblemWords:
    """One kind of problem."""

    title: str
    meaning: str
    to_do: str


def problem_words(words: Words) -> Mapping[Code, ProblemWords]:
    """All kinds, in the reader's language."""
    return {**_of_questions(words), **_of_requests(words), **_of_ours(words)}


def _of_questions(words: Words) -> dict[Code, ProblemWords]:
    text = words.text
    return {
        Code.INVALID_VALUE: ProblemWords(
            text("A value can't be read"),
            text("Something in the address is not written as it must be, or is not one of what is allowed."),
            text("Correct what the sentence names; the document of the API lists what each address takes."),
        ),
        Code.NO_DATA: ProblemWords(
            text("Nothing is known of that"),
            text("The address is right, but no data has been stored that could answer it."),
            text("Choose a market that is watched, another time, or collect first; the sentence names the command."),
        ),
        Code.NOT_FOUND: ProblemWords(
            text("There is no such page"),
            text("Nothing lives at this address. It may have been mistyped, or moved."),
            text("Begin again from one of the pages above."),
        ),
        Code.METHOD_NOT_ALLOWED: ProblemWords(
            text("The address doesn't take that method"),
            text("The address exists, but can't be asked in this way; the header `Allow` says in which."),
            text("Open it as a link, or use the form of its page."),
        ),
        Code.NOT_ALLOWED: ProblemWords(
            text("The token is missing or wrong"),
            text("This service is open to others than this machine, and lets in only who holds its token."),
            text("Programs send `Authorization: Bearer …`; browsers need a proxy in between that adds it."),
        ),
    }


def _of_requests(words: Words) -> dict[Code, ProblemWords]:
    text = words.text
    return {
        Code.OTHER_SITE: ProblemWords(
            text("Another site's page asked"),
            text("A page of another site tried to read from this service or to change something in it."),
            text("Open the page by its address or by a link. If you did not expect this, close that site."),
        ),
        Code.UNKNOWN_HOST: ProblemWords(
            text("The service isn't known by that name"),
            text("The name in the address bar is not one of those that this service was started with."),
            text("Open it as 127.0.0.1, or start it with `p2p serve --name …`."),
        ),
        Code.TOO_LONG: ProblemWords(
            text("The address is too long"),
            text(
                "Before the question mark it may have {path} bytes, after it {query}.",
                path=MOST_PATH_BYTES,
                query=MOST_QUERY_BYTES,
            ),
            text("Ask for less at a time."),
        ),
        Code.TOO_MANY_HEADERS: ProblemWords(
            text("The headers are too long"),
            text("All headers of a request together may have 16 KiB."),
            text("Delete the cookies of this address and open it again."),
        ),
        Code.TOO_LARGE: ProblemWords(
            text("What was sent is too large"),
            text("The body of a request may have 256 KiB."),
            text("Send less."),
        ),
        Code.SENT_TOO_SLOWLY: ProblemWords(
            text("What was sent came too slowly"),
            text("The body of a request has ten seconds to come."),
            text("Try again over a better connection."),
        ),
        Code.TOO_OFTEN: ProblemWords(
            text("One client asks too often"),
            text("One address may ask the API so many questions a minute; `RateLimit` says what is left."),
            text("Wait as many seconds as `Retry-After` says, and send `If-None-Match` for what you have."),
        ),
    }


def _of_ours(words: Words) -> dict[Code, ProblemWords]:
    text = words.text
    return {
        Code.CONFLICT: ProblemWords(
            text("It can't be done as things are"),
            text(
                "What was asked for changes something that is in another state: a session that has ended hears nothing."
            ),
            text("Look how it is first; the sentence says what stands against it."),
        ),
        Code.BUSY: ProblemWords(
            text("Too many questions just now"),
            text("The program answers only a few heavy questions at once, so that the live pages don't stop."),
            text("Ask again in a few seconds."),
        ),
        Code.TOO_SLOW: ProblemWords(
            text("The answer took too long"),
            text("It was not ready within twenty seconds. It is still being worked out, and is then kept."),
            text("Ask the same again in a minute, or for fewer days."),
        ),
        Code.UNAVAILABLE: ProblemWords(
            text("A store is away"),
            text("What the answer is made from can't be read at the moment. Other pages may work."),
            text("Look at Quality for what is missing; `p2p doctor` says what is wrong and what to do."),
        ),
        Code.BUG: ProblemWords(
            text("A mistake of ours"),
            text("The program met something that it wasn't made for. No data was lost by this."),
            text("Try again; if it stays, send us the trace id: the log has the details under it."),
        ),
    }
