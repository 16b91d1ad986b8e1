"""TLS: what ends over TCP show of themselves when they accept and when they dial, and whom they believe."""

from __future__ import annotations

import os
import ssl
from typing import Self

from hydroflow_nb.engine.shown import shown
from hydroflow_nb.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Tls:
    """The contexts of an end that accepts connections and dials others: `ssl` makes one for each side of a connection.

    An end without `accepts` takes no connections, and one without `dials` makes none.
    """

    accepts: ssl.SSLContext | None = None
    dials: ssl.SSLContext | None = None

    @classmethod
    def of_files(
        cls,
        cert: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
        ca: str | os.PathLike[str] | None = None,
    ) -> Self:
        """The contexts of PEM files: one's own certificate (chain), its private key if that is in a file of its own,
        and the authorities whose certificates are believed; without `ca` those of the system.

        Peers have to show a certificate as well if `ca` is given, and the one that is dialled must have it for the host
        that was dialled. Without `cert` the end dials only. Raises OSError, ssl.SSLError among them, for a file that
        cannot be read.
        """
        dials = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=ca)
        if cert is None:
            return cls(dials=dials)
        accepts = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=ca)
        if ca is not None:
            accepts.verify_mode = ssl.CERT_REQUIRED
        for context in (accepts, dials):
            # Python asks for a password at the terminal otherwise.
            context.load_cert_chain(cert, key, password=b"")
        return cls(accepts=accepts, dials=dials)

    @property
    def authenticates(self) -> bool:
        """True if nobody gets in without a certificate that is believed."""
        return self.accepts is not None and self.accepts.verify_mode is ssl.CERT_REQUIRED


def tls_of(given: Tls | ssl.SSLContext | None) -> Tls | None:
    """What `tls=` says: a `Tls`, or a context for the side of a connection that it is made for. Raises ValueError."""
    match given:
        case None | Tls():
            return given
        case ssl.SSLContext(protocol=ssl.PROTOCOL_TLS_SERVER):
            return Tls(accepts=given)
        case ssl.SSLContext(protocol=ssl.PROTOCOL_TLS_CLIENT):
            return Tls(dials=given)
        case ssl.SSLContext():
            return Tls(accepts=given, dials=given)
    raise ValueError(f"{shown(given)} is no TLS: give a `hydroflow_nb.net.Tls`, or an `ssl.SSLContext`")
