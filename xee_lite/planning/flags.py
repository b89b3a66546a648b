"""Classes as CF writes them: ``flag_values`` and ``flag_meanings`` (CF conventions, section 3.5)."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

_ILLEGAL = re.compile(r"[^A-Za-z0-9_\-.+@]+")
"""Runs of characters that CF does not allow in a word of ``flag_meanings``."""


def flag_attrs(classes: Mapping[int, str], dtype: np.dtype[Any]) -> dict[str, Any]:
    """The attributes of a variable that holds classes; none where there are no classes.

    Parameters
    ----------
    classes : mapping of int to str
    dtype : numpy.dtype
        That of the variable as it is written: CF requires the same of ``flag_values``.
    """
    if not classes:
        return {}
    return {"flag_values": np.array(list(classes), dtype=dtype), "flag_meanings": " ".join(_words(classes))}


def _words(classes: Mapping[int, str]) -> list[str]:
    """One word for each class, all different.

    Catalogues write a description after the name ("Open water: areas with less than ..."): it is left out where the
    names alone differ.
    """
    short = [_word(name.split(":")[0]) for name in classes.values()]
    words = short if _differ(short) else [_word(name) for name in classes.values()]
    return words if _differ(words) else [f"{word}_{value}" for word, value in zip(words, classes, strict=True)]


def _differ(words: list[str]) -> bool:
    return len(set(words)) == len(words)


def _word(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _ILLEGAL.sub("_", plain).strip("_").lower() or "class"
