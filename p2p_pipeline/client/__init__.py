"""Ask a running service from Python: typed answers, money as Decimal, times aware, problems as exceptions.

    from p2p_pipeline.client import Client, asks

    with Client("http://127.0.0.1:8000") as client:
        quote = client.ask(asks.get_quote(market="bybit.USDT-RUB", side="BUY", amount=50_000))
        print(quote.best_split.price if quote.best_split else quote.explanation)

`AsyncClient` is the same with `await`. Here: how to ask, wait and remember. Not here: what an answer holds
(web/api/shapes/, which the service's document is made of). It imports httpx and pydantic, and nothing of the program
that takes long.
"""

from p2p_pipeline.client.client import AsyncClient, Client
from p2p_pipeline.client.problems import ProblemError, Unreadable

__all__ = ["AsyncClient", "Client", "ProblemError", "Unreadable"]
