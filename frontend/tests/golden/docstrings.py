"""Module doc.

    Indented
	Tabbed
"""
def f():
    """  Leading
      and more
    less

    """
class C:
    'single'
    def m(self):
        "doc"; return 1
def g():
    f"not a doc"
