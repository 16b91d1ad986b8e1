"""Codecs: they encode values as the bytes of messages, and decode them without running any code from outside.

The *body* of a message is one byte and then the encoded plain form of a value. The upper half of the byte is the
version, the lower half is the codec's mark. The first byte of a raw message, a line or bytes, stays within the program.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType, NoneType
from typing import Any, Final, Literal

import msgspec

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.messages import raw
from hydroflow_nb.net.messages.classes import Classes
from hydroflow_nb.net.messages.maps import LONG, unpacked
from hydroflow_nb.net.messages.plain import Endless, Unplain, Writer, blamed
from hydroflow_nb.net.messages.rebuilding import LEAVES, rebuilt
from hydroflow_nb.net.messages.undecodable import Undecodable
from hydroflow_nb.net.messages.weighing import LIGHT, look_at_weight

__all__ = [
    "BYTES",
    "CODECS",
    "HELLO",
    "JSON",
    "LINES",
    "MSGPACK",
    "VERSION",
    "Classes",
    "Codec",
    "RawCodec",
    "Undecodable",
    "codec_of",
    "decoded",
    "encoded",
    "meaning",
    "readable",
]

VERSION: Final = 1
HELLO: Final = VERSION << 4
"""The first byte of a body that is a greeting and not a message. The side that opens a stream starts with one."""


class Codec:
    """A way to write plain values as bytes. `name` stands for it in programs, `mark` in messages."""

    def __init__(
        self,
        name: str,
        mark: int,
        *,
        pack: Callable[[Any], bytes],
        unpack: Callable[[bytes], Any],
        leaves: Iterable[type],
    ) -> None:
        self.name = name
        self.mark = mark
        self.head = bytes([VERSION << 4 | mark])
        self.pack = pack
        self.unpack = unpack
        self.writer = Writer(leaves)
        # Integers nearly always fit into 64 bits: this writer checks each of them, and is used only after one did not.
        self.careful = Writer(self.writer.leaves - {int})

    def encode(self, value: Any) -> bytes:
        """The body of a message with a value. Raises Misfit if it cannot be sent, with the place inside the value."""
        writer = self.writer
        try:
            return self.head + self.pack(value if type(value) in writer.leaves else writer.plain(value))
        except OverflowError:
            pass
        except (Unplain, UnicodeEncodeError, RecursionError):
            raise blamed(value, lambda part: _body(self, part)) from None
        try:
            return _body(self, value)
        except Unplain:
            raise blamed(value, lambda part: _body(self, part)) from None

    @property
    def decode(self) -> Callable[[bytes, Classes], Any]:
        """The function that gives the value of a body. It raises Undecodable, and nothing else, for a body that cannot
        be read or accepted. A receiver reads all codecs but the raw ones.
        """
        return decoded

    def __repr__(self) -> str:
        return f"<codec {self.name}>"


class RawCodec(Codec):
    """A way to write one kind of value as it is: what goes over a network is the body without its first byte.

    `write` gives the bytes of a value and raises Misfit, `read` gives the value of bytes and raises ValueError. `what`
    says what a message is.
    """

    def __init__(
        self, name: str, mark: int, *, what: str, write: Callable[[Any], bytes], read: Callable[[bytes], Any]
    ) -> None:
        super().__init__(name, mark, pack=write, unpack=read, leaves=())
        self.what = what

    def encode(self, value: Any) -> bytes:
        """The body of a message with a value. Raises Misfit if it cannot be sent."""
        return self.head + self.pack(value)

    @property
    def decode(self) -> Callable[[bytes, Classes], Any]:
        """The function that gives the value of a body. It raises Undecodable, and nothing else."""
        return self._decoded

    def _decoded(self, body: bytes, classes: Classes) -> Any:
        if body[:1] != self.head:
            # A simulated network carries messages of any codec to any node.
            raise Undecodable(f"it is not {self.what}")
        try:
            value = self.unpack(body[1:])
        except UnicodeDecodeError:
            raise Undecodable("it is not UTF-8") from None
        return value if classes.kind is None else classes.checked(value)


MSGPACK: Final = Codec(
    "msgpack",
    1,
    pack=msgspec.msgpack.Encoder().encode,
    unpack=msgspec.msgpack.Decoder().decode,
    leaves=(str, int, float, bool, NoneType, bytes),
)
JSON: Final = Codec(
    "json",
    2,
    pack=msgspec.json.Encoder().encode,
    unpack=msgspec.json.Decoder().decode,
    leaves=(str, bool, NoneType),
)
LINES: Final = RawCodec("lines", 3, what="a line of text", write=raw.line_of, read=raw.text_of)
BYTES: Final = RawCodec("bytes", 4, what="raw bytes", write=raw.bytes_of, read=bytes)
CODECS: Final[Mapping[str, Codec]] = MappingProxyType({one.name: one for one in (MSGPACK, JSON, LINES, BYTES)})
"""All codecs, by name."""
_BY_HEAD: Final = {codec.head[0]: codec for codec in (MSGPACK, JSON)}
_RAW_BY_HEAD: Final = {codec.head[0]: codec for codec in (LINES, BYTES)}


def codec_of(codec: Codec | Literal["msgpack", "json", "lines", "bytes"] | str) -> Codec:
    """The codec with a name; a codec stays itself. Raises ValueError for an unknown name."""
    if isinstance(codec, Codec):
        return codec
    try:
        return CODECS[codec]
    except (KeyError, TypeError):
        *most, last = (f'"{name}"' for name in CODECS)
        raise ValueError(f"{shown(codec)} is not a codec: write {', '.join(most)} or {last}") from None


def encoded(codec: Codec, value: Any) -> bytes:
    """The body of a message with a value. Raises Misfit if it cannot be sent, with the place inside the value."""
    return codec.encode(value)


def _body(codec: Codec, value: Any) -> bytes:
    """The body of a value with integers of any size. Raises Unplain."""
    try:
        return codec.head + codec.pack(codec.careful.plain(value))
    except UnicodeEncodeError:
        raise Unplain("it holds half of a surrogate pair, which UTF-8 cannot encode") from None
    except RecursionError:
        raise Endless from None


def decoded(body: bytes, classes: Classes) -> Any:
    """The value of a body. Raises Undecodable, and nothing else, for a body that cannot be read or accepted."""
    try:
        # Most messages are short: for them one more call would cost time.
        codec = _BY_HEAD.get(body[0]) if 0 < len(body) <= LONG else None
        value = _unpacked(body) if codec is None else codec.unpack(body[1:])
        if type(value) not in LEAVES:
            classes.begin()
            value = rebuilt(value, classes)
        return value if classes.kind is None else classes.checked(value)
    except Undecodable:
        raise
    except Exception as exception:
        raise Undecodable(_reason(exception)) from exception


def meaning(body: bytes, classes: Classes) -> Any:
    """The value of a body of any codec. Raises Undecodable, and nothing else."""
    raw_codec = _RAW_BY_HEAD.get(body[0]) if body else None
    return decoded(body, classes) if raw_codec is None else raw_codec.decode(body, classes)


def _unpacked(body: bytes) -> Any:
    """The plain form in a body. Raises Undecodable, and what msgspec raises."""
    if not body:
        raise Undecodable("the message is empty")
    codec = _BY_HEAD.get(body[0])
    if codec is None:
        version, mark = divmod(body[0], 16)
        if version != VERSION:
            raise Undecodable(f"it has version {version}, but this program reads only version {VERSION}")
        raise Undecodable("it is a greeting and not a message" if mark == 0 else f"it has the unknown codec {mark}")
    data = body[1:]
    if len(data) < LONG:
        return codec.unpack(data)
    if len(data) > LIGHT:
        look_at_weight(data, is_json=codec is JSON)
    return unpacked(data, codec.unpack) if codec is MSGPACK else codec.unpack(data)


def _reason(exception: Exception) -> str:
    match exception:
        case RecursionError():
            return "it nests too deeply"
        case MemoryError():
            return "it takes too much memory"
        # Newer versions of msgspec say it in an error of their own.
        case UnicodeDecodeError() | msgspec.MsgspecError() if "utf-8" in str(exception).lower():
            return "a text in it is not UTF-8"
        case msgspec.MsgspecError():
            return f"it cannot be read: {str(exception)[:100]}"
    return f"it cannot be rebuilt: {type(exception).__name__}"


def readable(body: bytes, limit: int | None = None) -> str:
    """A body as one line of JSON, for people and recordings. If it cannot be read, the line says why. Never raises.

    `limit` bounds the line to about so many characters. A complete line after the first byte of a JSON body is again a
    body of the same value.
    """
    try:
        body = bytes(body)
        if body[:1] == bytes([HELLO]):
            text = f"⟨greeting {_text(MSGPACK.unpack(body[1:]))}⟩"
        elif body and body[0] in _RAW_BY_HEAD:
            text = _text(_RAW_BY_HEAD[body[0]].unpack(body[1:]))
        else:
            text = _text(_unpacked(body))
    except Exception as exception:
        reason = exception.reason if isinstance(exception, Undecodable) else _reason(exception)
        text = f"⟨undecodable: {reason}⟩"
    if limit is not None and len(text) > limit:
        return f"{text[:limit]}… ({len(text):,} characters)"
    return text


def _text(raw: Any) -> str:
    text = JSON.pack(_legible(raw)).decode()
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    """A character as JSON has it: one that cannot be printed, or changes the direction of the text, as its number."""
    if character.isprintable():
        return character
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _legible(raw: Any) -> Any:
    """A plain form that JSON can hold. It does not look up classes."""
    # The most frequent case: a simulated network calls this for every message.
    if type(raw) is str:
        return raw
    match raw:
        case dict() if all(type(key) is str for key in raw):
            if raw.keys() in ({"$bytes"}, {"$bytearray"}):
                ((mark, held),) = raw.items()
                return {mark: base64.b64encode(held).decode("ascii") if type(held) is bytes else _legible(held)}
            return {key: _legible(held) for key, held in raw.items()}
        case dict():
            return {"$map": [[_legible(key), _legible(held)] for key, held in raw.items()]}
        case list() | tuple():
            return [_legible(held) for held in raw]
        case bytes() | int() | float() | datetime() if type(raw) is not bool:
            return JSON.careful.plain(raw)
        case msgspec.msgpack.Ext():
            return {"$ext": [raw.code, base64.b64encode(raw.data).decode("ascii")]}
    return raw
