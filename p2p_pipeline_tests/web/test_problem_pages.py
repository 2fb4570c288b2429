"""What goes wrong is a page for people and a problem for programs, and each kind is explained where its type leads."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.web.pages import rendering
from p2p_pipeline.web.problems import STATUS, Code
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.problem_words import problem_words
from p2p_pipeline_tests.web.serving import Page, client_of, edges_over

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
RECORD = "/quality/quarantine/nothing/7"
TOKEN = "a-secret-of-more-than-twenty-characters"


@pytest.mark.parametrize(
    ("address", "status", "title"),
    [
        ("/nothing", 404, "There is no such page"),
        (RECORD, 404, "Nothing is known of that"),
        ("/preferences", 405, "The address doesn't take that method"),
        ("/now?market=" + "x" * 5000, 414, "The address is too long"),
        ("/problems/nonsense", 404, "There is no such page"),
    ],
)
def test_a_browser_gets_a_page_with_what_to_do(client: TestClient, address: str, status: int, title: str) -> None:
    found = client.get(address, headers=BROWSER)
    assert (found.status_code, found.headers["content-type"]) == (status, "text/html; charset=utf-8")
    page = Page(found.text)
    assert page.first("h1").text == title
    assert str(status) in page.first("p", class_="status").text
    assert page.first("h2").text == "What to do"
    assert [one for one in page.all("a") if one.attributes["href"].startswith("/problems/")]


def test_the_page_says_the_sentence_of_the_problem(client: TestClient) -> None:
    detail = client.get(RECORD).json()["detail"]
    assert detail in Page(client.get(RECORD, headers=BROWSER).text).first("p", class_="mistake").text


def test_in_russian_it_is_russian(client: TestClient) -> None:
    found = client.get("/nothing", headers={**BROWSER, "Accept-Language": "ru"})
    assert found.headers["content-language"] == "ru"
    assert Page(found.text).first("h1").text == "Такой страницы нет"


@pytest.mark.parametrize("address", ["/api/v1/nothing", "/api/v1/quotes?market=x", "/openapi.json/x", "/health/x"])
def test_an_address_of_programs_answers_as_one_even_a_browser(client: TestClient, address: str) -> None:
    assert client.get(address, headers=BROWSER).headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_a_program_gets_a_problem_at_every_address(client: TestClient, accept: str) -> None:
    assert client.get("/nothing", headers={"Accept": accept}).json()["type"] == "/problems/not-found"


def test_a_bug_shows_its_id_under_the_strict_policy_and_nothing_of_the_program(
    web_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edges = edges_over(web_folder)
    monkeypatch.setattr(edges.desk, "newest", lambda *_: 1 / 0)
    with client_of(edges, raises=False) as asking:
        found = asking.get("/now?market=binance.USDT-BOB&side=BUY&amount=700", headers=BROWSER)
        told = asking.get("/api/v1/quotes?market=binance.USDT-BOB&side=BUY&amount=700")
    assert (found.status_code, told.status_code) == (500, 500)
    assert "default-src 'none'" in found.headers["content-security-policy"]
    assert "default-src 'none'" in told.headers["content-security-policy"]
    page = Page(found.text)
    assert len(page.first("dd").text) == 16
    assert "ZeroDivisionError" not in found.text
    assert page.first("h1").text == "A mistake of ours"


def test_a_problem_whose_page_fails_is_still_told(web_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "places", lambda _: 1 / 0)
    with client_of(edges_over(web_folder), raises=False) as asking:
        found = asking.get("/nothing", headers=BROWSER)
    assert (found.status_code, found.json()["type"]) == (404, "/problems/not-found")


def test_without_the_token_a_browser_is_told_what_to_send(web_folder: Path) -> None:
    with client_of(edges_over(web_folder, token=TOKEN)) as asking:
        found = asking.get("/now", headers=BROWSER)
    assert (found.status_code, found.headers["www-authenticate"]) == (401, "Bearer")
    assert "Authorization: Bearer" in Page(found.text).text


@pytest.mark.parametrize("code", list(Code))
def test_the_type_of_every_problem_leads_to_its_explanation(client: TestClient, code: Code) -> None:
    page = Page(client.get(f"/problems/{code}").text)
    words = problem_words(Words("en"))[code]
    assert page.first("h1").text == words.title
    assert str(STATUS[code]) in page.first("p", class_="status").text
    assert words.to_do.replace("`", "") in page.text


def test_all_kinds_are_listed(client: TestClient) -> None:
    page = Page(client.get("/problems").text)
    assert {one.attributes.get("id") for one in page.all("section")} == set(Code)
