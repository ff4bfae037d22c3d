import os
import os.path, sys as system
import a.b.c as d
from . import x
from .. import y as z
from .pkg.mod import (a, b as c)
from m import *
