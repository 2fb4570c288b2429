"""Who is let in. Every route stands under a rule, and a test walks all routes and refuses one without.

There are no accounts yet: whoever reaches the service is its owner, or holds its token.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.requests import HTTPConnection

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.web.token import TOKEN_VARIABLE

LEAST_TOKEN_CHARACTERS = 20


class NotAllowed(ClearError):
    """Who asks may not; the message says what to send."""


class WontListen(ClearError):
    """The service would be open to others; the message says what to set."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who is let in: everybody who reaches the loopback address, or who holds the token."""

    token: str | None = None

    def require(self, connection: HTTPConnection) -> None:
        """Raise NotAllowed unless who asks is let in."""
        if self.token is None:
            return
        scheme, _, given = connection.headers.get("authorization", "").partition(" ")
        shown = given.strip() if scheme.lower() == "bearer" else ""
        # Constant-time: how long a refusal takes must not tell how much of a token was right.
        if not hmac.compare_digest(shown.encode(), self.token.encode()):
            raise NotAllowed("this service wants its token; send it as `Authorization: Bearer …`")


def access_for(host: str, token: str | None) -> Access:
    """The rule for an address to listen on; raises WontListen where it would be open to others."""
    if token is not None and len(token) < LEAST_TOKEN_CHARACTERS:
        raise WontListen(
            "{variable} has {count} characters; take at least {least}",
            variable=TOKEN_VARIABLE,
            count=len(token),
            least=LEAST_TOKEN_CHARACTERS,
        )
    if not is_loopback(host) and token is None:
        raise WontListen(
            "{host} can be reached by others: set {variable} to a secret of {least} "
            "characters or more, or listen on 127.0.0.1",
            host=host,
            variable=TOKEN_VARIABLE,
            least=LEAST_TOKEN_CHARACTERS,
        )
    return Access(token)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
