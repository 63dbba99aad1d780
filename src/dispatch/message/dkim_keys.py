"""DKIM keys: made, read from PEM, and shown as the DNS record that verifiers read (RFC 6376 §3.6, RFC 8463).

The only module that touches ``cryptography``, which is loaded when a key is made or read.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from dispatch.message.dkim import Algorithm, DkimKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

RSA_BITS = 2048
"""What new RSA keys have, and the least that signs: signers should use it (RFC 8301 §3.2), mailbox providers ask for
it."""

STRING_OCTETS = 255
"""The longest string of a TXT record (RFC 1035 §3.3.14)."""


class BadKey(ValueError):
    """Why a key cannot sign mail, as the end of a sentence about its file."""


def new_key(algorithm: Algorithm) -> bytes:
    """A new private key as PEM (PKCS #8, not encrypted)."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        if algorithm is Algorithm.RSA
        else ed25519.Ed25519PrivateKey.generate()
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def read_key(pem: bytes, domain: str, selector: str) -> DkimKey:
    """A key that signs; raises :class:`BadKey`, which never shows what was read."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    private = _private(pem)
    if not isinstance(private, RSAPrivateKey):
        return DkimKey(domain, selector, Algorithm.ED25519, private.sign)
    rsa, scheme, hashed = private, padding.PKCS1v15(), Prehashed(hashes.SHA256())
    return DkimKey(domain, selector, Algorithm.RSA, lambda digest: rsa.sign(digest, scheme, hashed))


def algorithm_of(pem: bytes) -> Algorithm:
    """A private key's algorithm; raises :class:`BadKey`."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    return Algorithm.RSA if isinstance(_private(pem), RSAPrivateKey) else Algorithm.ED25519


def described(pem: bytes) -> str:
    """A private key in words: "an RSA key of 2,048 bits". Raises :class:`BadKey`."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    key = _private(pem)
    return f"an RSA key of {key.key_size:,} bits" if isinstance(key, RSAPrivateKey) else "an Ed25519 key"


def record(pem: bytes) -> str:
    """The TXT record's text for a private key: its public half. Raises :class:`BadKey`."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    private = _private(pem)
    public = private.public_key()
    if isinstance(private, RSAPrivateKey):
        kind = "rsa"
        octets = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    else:
        kind = "ed25519"  # RFC 8463 §4.2: the bare 32 octets
        octets = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return f"v=DKIM1; k={kind}; p={b64encode(octets).decode()}"


def record_name(domain: str, selector: str) -> str:
    """Where verifiers look for a key's public half (RFC 6376 §3.6.2.1)."""
    return f"{selector}._domainkey.{domain}"


def strings(text: str) -> list[str]:
    """A TXT record's text, cut into the strings that DNS carries; verifiers join them without a space."""
    return [text[at : at + STRING_OCTETS] for at in range(0, len(text), STRING_OCTETS)]


def aligned(domain: str, from_domain: str) -> bool:
    """Whether a signature of ``domain`` speaks for mail from ``from_domain``: the same, or one below the other.

    DMARC (RFC 7489 §3.1.1) allows any two of one organisation; which those are, only the Public Suffix List knows.
    """
    mine, theirs = domain.lower(), from_domain.lower()
    return mine == theirs or mine.endswith(f".{theirs}") or ("." in mine and theirs.endswith(f".{mine}"))


def _private(pem: bytes) -> RSAPrivateKey | Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise BadKey("it is locked with a passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        what = "it holds a public key" if b"PUBLIC KEY" in pem else "it holds no private key in PEM"
        raise BadKey(what) from None
    if isinstance(key, RSAPrivateKey):
        if key.key_size < RSA_BITS:
            raise BadKey(f"its RSA key has {key.key_size} bits, and mailbox providers ask for {RSA_BITS}")
        return key
    if isinstance(key, Ed25519PrivateKey):
        return key
    raise BadKey("its key is neither RSA nor Ed25519")
