"""The classes of `datetime`, which are Python code here."""

from _pydatetime import *
from _pydatetime import UTC, __all__
