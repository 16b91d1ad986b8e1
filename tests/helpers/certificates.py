"""Certificates for tests, made by the `openssl` command: an authority, what it signs, and strangers."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest


class Certificate(NamedTuple):
    """The files of a certificate, of its private key, and of the authority that signed it."""

    cert: Path
    key: Path
    ca: Path


class Authority:
    """Signs certificates, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("there is no openssl command")
        self._folder = folder
        folder.mkdir()
        self.ca = folder / "ca.pem"
        self._key = folder / "ca.key"
        self._request("ca", "-x509", "-out", str(self.ca), "-days", "36500")

    def certificate(self, name: str, hosts: str = "DNS:localhost,IP:127.0.0.1") -> Certificate:
        """A certificate for hosts, which are written as OpenSSL does."""
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key", self.ca)
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={hosts}\n")
        self._request(name, "-new", "-out", str(request))
        _openssl(
            "x509", "-req", "-in", str(request), "-CA", str(self.ca), "-CAkey", str(self._key), "-CAcreateserial",
            "-days", "36500", "-extfile", str(extensions), "-out", str(made.cert),
        )  # fmt: skip
        return made

    def _request(self, name: str, *words: str) -> None:
        _openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
            "-keyout", str(self._folder / f"{name}.key"), *words,
        )  # fmt: skip


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True, stdin=subprocess.DEVNULL)
