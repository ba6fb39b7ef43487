"""Whose certificates a judge's server may show."""

import ssl
from functools import cache
from pathlib import Path

import httpx

from evaluator.errors import ConfigError

UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
"""What OpenSSL says of a certificate that no known authority vouches for, or that has expired."""


@cache
def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return how certificates are checked: always, and with the name of the server.

    Args:
        ca_file: Certificates in PEM of the only authorities that count; None for the public ones.

    Raises:
        ConfigError: The file cannot be read, or holds no certificate.
    """
    try:
        context = (
            httpx.create_ssl_context(trust_env=False)
            if ca_file is None
            else ssl.create_default_context(cafile=ca_file)
        )
    except ssl.SSLError as error:
        raise ConfigError(f"--ca-file {ca_file} holds no certificate in PEM.") from error
    except OSError as error:
        raise ConfigError(f"--ca-file {ca_file} cannot be read: {error.strerror}.") from error
    # Not every build of Python sets it: Debian's leaves it to the settings of OpenSSL.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def untrusted(url: str, error: BaseException) -> str | None:
    """Return the sentence for a server whose certificate was refused; None for another error."""
    said = " ".join(str(error).split())
    if UNTRUSTED not in said:
        return None
    reason = said.partition("certificate verify failed: ")[2].partition(" (_ssl")[0]
    return (
        f"the certificate of {url} is not trusted ({reason or UNTRUSTED}); name the authority that "
        "vouches for it with --ca-file."
    )
