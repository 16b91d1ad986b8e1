"""Names of members: what an end is called, how it finds the others, and how both sides of a connection say and prove
who they are.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.net.addresses import is_host_and_port
from hydroflow_nb.net.directory import Directory, NameService, checked_name
from hydroflow_nb.net.greeting import Greeting
from hydroflow_nb.net.messages.codec import MSGPACK, Codec, RawCodec, codec_of
from hydroflow_nb.records import dataclass

# The fewest bytes of a key: fewer can be guessed from one recorded greeting.
SHORTEST: Final = 16
_NONCE: Final = 16
_PURPOSE: Final = "hydroflow_nb names 1"


class Refused(Exception):
    """A connection is closed because of what the peer says, or does not say, about its name."""


@dataclass(frozen=True, kw_only=True)
class Naming:
    """The name of an end, the directory in which it looks the others up, and the key with which names are proved.

    With `strangers` programs that say no name are let in beside the members; they are known by their addresses.
    """

    name: str
    directory: NameService
    key: bytes | None = None
    strangers: bool = False

    def __repr__(self) -> str:
        return f"<naming {self.name}{'' if self.key is None else ', with a key'}>"

    def where(self, name: str) -> Any:
        """The address of a member as it is now. Raises OSError, with a reason, if the directory does not say it."""
        try:
            return self.directory.resolve(name)
        except LookupError as exception:
            raise OSError(0, _reason(exception) or f"the directory has no member {shown(name)}") from None
        except Exception as exception:
            raise OSError(0, f"the directory raised {type(exception).__name__}: {exception}") from None

    @property
    def shuts_out(self) -> bool:
        """True where nobody gets in who does not prove a name."""
        return self.key is not None and not self.strangers

    def is_name(self, address: Any) -> bool:
        """Whether an address is to be the name of a member; that of a stranger is a host and a port, or a path."""
        if not self.strangers:
            return True
        if not isinstance(address, str):
            return False
        try:
            self.directory.resolve(address)
        except LookupError:
            return not ("/" in address or is_host_and_port(address))
        except Exception:
            # To look it up once more tells what the directory has.
            return True
        return True

    def receiver(self, address: Any) -> str:
        """The name that a message is sent to. Raises ValueError for anything else."""
        try:
            return checked_name(address)
        except ValueError:
            raise ValueError(
                f'{shown(address)} is not a name: an end with a directory sends to members by their names, such as "p1"'
            ) from None

    def admit(self, name: str) -> str:
        """The name that a peer claims. Raises Refused for one that is not a member's."""
        try:
            checked_name(name)
            self.where(name)
        except (ValueError, OSError) as exception:
            why = getattr(exception, "strerror", None) or exception
            raise Refused(f"it says that it is {shown(name)}, and {why}") from None
        return name


def naming_of(
    name: str | None,
    directory: NameService | Mapping[str, Any] | None,
    key: Any = None,
    *,
    strangers: bool = False,
    codec: str | Codec = MSGPACK,
) -> Naming | None:
    """What `name=`, `directory=`, `key=` and `strangers=` say together; None if they say nothing. Raises ValueError,
    also where the messages of `codec` have no greeting that could say a name.
    """
    if isinstance(codec_of(codec), RawCodec) and any(one is not None for one in (name, directory, key)):
        raise ValueError(
            f'with `codec="{codec_of(codec).name}"` no greeting says or proves a name: leave out `name`, `directory` '
            f"and `key`, or choose another codec"
        )
    if name is None and directory is None:
        if key is not None:
            raise ValueError("a key proves names: give `name=` and `directory=` as well")
        if strangers:
            raise ValueError("without names all are strangers: give `name=` and `directory=`, or leave out `strangers`")
        return None
    if name is None or directory is None:
        lacking = "`name=`, what this end is called there" if name is None else "`directory=`, where the others are"
        raise ValueError(f"members have names in a directory: give {lacking}")
    if isinstance(directory, Mapping):
        directory = Directory(directory)
    if not isinstance(directory, NameService):
        raise ValueError(
            f"{shown(directory)} is not a directory: it has no methods `resolve(name)` and `members(location)`"
        )
    return Naming(
        name=checked_name(name), directory=directory, key=None if key is None else key_of(key), strangers=strangers
    )


def key_of(key: Any) -> bytes:
    """A shared key as bytes. Raises ValueError, which does not show it, for one that is too short or is no key."""
    if isinstance(key, str):
        key = key.encode()
    if not isinstance(key, (bytes, bytearray)):
        raise ValueError(f"a key is bytes or a text, not of type {type(key).__name__}")
    if len(key) < SHORTEST:
        raise ValueError(
            f"the key has {len(key)} bytes, and needs {SHORTEST} at least: `python -c 'import secrets; "
            f"print(secrets.token_hex(32))'` makes one"
        )
    return bytes(key)


class Handshake:
    """How the two sides of a connection say who they are, before there is any message.

    The side that dials says its name and the name that it calls; the other answers with its own. With a key each side
    proves its name, in the manner of ISO/IEC 9798-4: by the HMAC-SHA256 of its role, both names and both nonces. So
    there is a third greeting, the dialler's proof. A proof from another connection proves nothing: the nonces differ.

    `peer` is the peer's name when it is known; until then `hear` takes what the peer says.
    """

    def __init__(self, naming: Naming, *, calls: str | None, greeting: Greeting) -> None:
        self.peer: str | None = None
        self._naming = naming
        self._calls = calls
        # What an end says about itself without a name.
        self._greeting = greeting
        self._nonce = b"" if naming.key is None else secrets.token_bytes(_NONCE)
        self._claimed: str | None = None
        self._expected = b""

    @property
    def lets_strangers_in(self) -> bool:
        """True where the peer that has dialled need not say a name, and has not begun to."""
        return self._naming.strangers and self._calls is None and self._claimed is None

    def is_of_stranger(self, greeting: Greeting | None) -> bool:
        """Whether what a peer says first, a greeting or None for anything else, is that of a stranger who is let in."""
        return self.lets_strangers_in and not (greeting is not None and greeting.name)

    def opening(self) -> Greeting:
        """What the side that dials says first."""
        return msgspec.structs.replace(
            self._greeting, name=self._naming.name, calls=self._calls or "", nonce=self._nonce
        )

    def hear(self, greeting: Greeting | None) -> Greeting | None:
        """Take in what the peer says: a greeting, or None for anything else. Returns what to answer, or None.

        Raises Refused.
        """
        if greeting is None:
            raise Refused("it sends messages before it has said its name")
        if self._calls is not None:
            return self._hear_answer(greeting)
        if self._claimed is None:
            return self._hear_caller(greeting)
        self._check(greeting.proof, self._expected, self._claimed)
        self.peer = self._claimed
        return None

    def _hear_answer(self, greeting: Greeting) -> Greeting | None:
        calls = self._calls
        assert calls is not None
        if greeting.name != calls:
            who = f"it says that it is {shown(greeting.name)}" if greeting.name else "it does not say its name"
            raise Refused(f"{who}, and {shown(calls)} was dialled")
        answer = None
        if self._naming.key is not None:
            self._check_nonce(greeting)
            ours, theirs = self._proofs(self._naming.name, calls, self._nonce, greeting.nonce)
            self._check(greeting.proof, theirs, calls)
            answer = Greeting(proof=ours)
        self.peer = calls
        return answer

    def _hear_caller(self, greeting: Greeting) -> Greeting:
        if not greeting.name:
            raise Refused("it does not say its name")
        own = self._naming.name
        if greeting.calls != own:
            raise Refused(f"it calls {shown(greeting.calls)}, and this is {shown(own)}")
        name = self._naming.admit(greeting.name)
        answer = Greeting(name=own, nonce=self._nonce)
        if self._naming.key is None:
            self.peer = name
            return answer
        self._check_nonce(greeting)
        self._claimed = name
        self._expected, ours = self._proofs(name, own, greeting.nonce, self._nonce)
        return msgspec.structs.replace(answer, proof=ours)

    def _check_nonce(self, greeting: Greeting) -> None:
        if not greeting.nonce:
            raise Refused("it has no key")
        if len(greeting.nonce) != _NONCE:
            raise Refused("its nonce has another length")

    def _check(self, proof: bytes, expected: bytes, name: str) -> None:
        if not hmac.compare_digest(proof, expected):
            raise Refused(f"it does not prove that it is {shown(name)}: its key is another one")

    def _proofs(self, dialler: str, acceptor: str, first: bytes, second: bytes) -> tuple[bytes, bytes]:
        """The proofs of the side that dials and of the other one."""
        key = self._naming.key
        assert key is not None
        said = (dialler, acceptor, first, second)
        dials, accepts = (
            hmac.digest(key, msgspec.msgpack.encode((_PURPOSE, role, *said)), "sha256") for role in ("dials", "accepts")
        )
        return dials, accepts


def _reason(exception: LookupError) -> str:
    # The text of a KeyError has quotes around its message.
    return str(exception.args[0]) if exception.args else ""
