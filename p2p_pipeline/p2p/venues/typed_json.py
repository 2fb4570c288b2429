"""JSON decoders for answers whose fields and types are known: anything else in an answer is an error.

They give the same values as `orjson` for what they accept, without making objects of what nobody reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, get_origin

import msgspec

from p2p_pipeline.p2p.venues.fields import Level
from p2p_pipeline.p2p.venues.reading import as_list, as_object

# Numbers that compare equal (1, 1.0, True) may mean different things to a reader, and known values are looked up by
# comparing: so a field has one type of number. Whole ones stay within what every JSON reader takes for whole.
_Whole = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
TEXT: Any = str | None
WHOLE: Any = _Whole | None
WHOLE_OR_TEXT: Any = _Whole | str | None
FLAG: Any = bool | None
AS_WRITTEN: Any = msgspec.Raw
"""For lists, objects, and numbers of any kind: the field's JSON."""
ABSENT: Any = msgspec.UNSET
"""What a field is that is not there; b"" where it is AS_WRITTEN."""

_MOST_DEPTH = 4
"""How deep the fields go that are known but not read."""


@dataclass(frozen=True, eq=False)
class AnswerShape:
    """A venue's search answer, as it usually is. Paths have dots: `result.items`, in an ad `adv.price`."""

    envelope: Mapping[str, Level]
    """The objects around the list of ads: "" is the answer itself."""
    path_of_list: str
    envelope_fields: Mapping[str, Any]
    """The fields around the list that are read, each with its type."""
    ad: Mapping[str, Level]
    """The objects that an ad has in every answer: "" is the ad itself."""
    ad_fields: Mapping[str, Any]
    """The fields of an ad that are read, each with its type."""


Order = tuple[tuple[str, tuple[str, ...]], ...]


def fields_in_order(answer: Any, shape: AnswerShape) -> Order:
    """The fields of an answer's first ad as they stand there; raises msgspec.ValidationError where there is none."""
    listed = answer
    for name in shape.path_of_list.split("."):
        listed = as_object(listed).get(name)
    ad = as_object(next(iter(as_list(listed)), None))
    if not ad:
        raise msgspec.ValidationError("the answer has no ad to learn the order of fields from")
    return tuple((path, tuple(as_object(ad.get(path) if path else ad))) for path in shape.ad)


@lru_cache(maxsize=64)
def decoder_for(shape: AnswerShape, order: Order) -> msgspec.json.Decoder[Any]:
    """A decoder of whole answers, quickest where an ad's fields stand in this order; any other order is read too."""
    ad = _struct("", shape.ad, shape.ad_fields, dict(order))
    around = {**shape.envelope_fields, shape.path_of_list: list[ad]}  # type: ignore[valid-type]
    return msgspec.json.Decoder(_struct("", shape.envelope, around, {}))


def _struct(
    path: str, levels: Mapping[str, Level], types: Mapping[str, Any], expected: Mapping[str, tuple[str, ...]]
) -> type[msgspec.Struct]:
    level = levels[path]
    fields: list[Any] = []
    for name in dict.fromkeys((*expected.get(path, ()), *sorted(level.known))):
        inside = f"{path}.{name}" if path else name
        kind = types.get(inside, _IGNORED)
        if inside in levels:
            fields.append((name, _struct(inside, levels, types, expected)))
        elif get_origin(kind) is list:
            fields.append((name, kind))
        elif name in level.known:
            fields.append((name, kind, msgspec.Raw(b"") if kind is AS_WRITTEN else ABSENT))
    return msgspec.defstruct(level.path or "ad", fields, forbid_unknown_fields=True, kw_only=True, gc=False)


def _nested(depth: int) -> Any:
    plain = _Whole | float | bool | str | None
    if depth == 0:
        return plain
    inside = _nested(depth - 1)
    return plain | list[inside] | dict[str, inside]  # type: ignore[valid-type]


_IGNORED = _nested(_MOST_DEPTH)
