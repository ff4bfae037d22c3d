"""Writes src/codepages.txt: the single-byte encodings that CPython knows, for sources with such a `coding` cookie.

    python3.14 codepages.py > ../src/codepages.txt

A line is an encoding's names and, after a colon, what the bytes from 0 on stand for: `41*3` is U+0041, U+0042, U+0043,
`-*2` is two bytes without a meaning.
"""

import encodings
import encodings.aliases
import pkgutil

print("# Made by tools/codepages.py; do not edit.")
for module in sorted(info.name for info in pkgutil.iter_modules(encodings.__path__)):
    if module in ("ascii", "latin_1", "aliases", "charmap", "undefined", "mbcs", "oem", "unicode_escape", "raw_unicode_escape"):
        continue
    points = []
    try:
        for byte in range(256):
            try:
                text = bytes([byte]).decode(module)
            except UnicodeDecodeError as error:
                # Other codecs' errors are of other kinds.
                assert error.encoding == "charmap"
                points.append(None)
                continue
            assert len(text) == 1
            points.append(ord(text))
    except (LookupError, AssertionError, UnicodeError, TypeError, AttributeError):
        continue
    assert len(points) == 256
    runs = []
    for point in points:
        if runs and (point is None) == (runs[-1][0] is None) and (point is None or point == runs[-1][0] + runs[-1][1]):
            runs[-1][1] += 1
        else:
            runs.append([point, 1])
    names = [module] + sorted(alias for alias, target in encodings.aliases.aliases.items() if target == module)
    shown = (("-" if start is None else f"{start:x}") + (f"*{count}" if count > 1 else "") for start, count in runs)
    print(" ".join(names) + ":", " ".join(shown))
