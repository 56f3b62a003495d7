"""Secrets that are handed out once and kept only as hashes: session tokens, one-time codes, passwords."""

import hashlib
import hmac
import secrets

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from drone_service.access.rules import CODE_DIGITS

_passwords = PasswordHash((Argon2Hasher(),))
# Checked against when the person is unknown, so that the answer takes as long as for a known one.
_NOBODY = _passwords.hash("nobody has this password")


def new_token() -> str:
    """Make a token of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return what is stored of a token. It is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_code() -> str:
    """Make a one-time code of six digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def hash_code(phone_e164: str, code: str) -> str:
    """Return what is stored of a code; the phone number keeps equal codes apart."""
    return hashlib.sha256(f"{phone_e164}:{code}".encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two hashes in constant time."""
    return hmac.compare_digest(left, right)


def hash_password(password: str) -> str:
    """Hash a password with argon2id."""
    return _passwords.hash(password)


def password_matches(password: str, password_hash: str) -> bool:
    """Check a password; an empty hash never matches and takes as long."""
    matches = _passwords.verify(password, password_hash or _NOBODY)
    return matches and bool(password_hash)
