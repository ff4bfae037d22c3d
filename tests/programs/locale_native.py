# What every C library's locale "C" says, and what _locale refuses.
import _locale as l
import locale
import time


def t(f, *args):
    try:
        result = f(*args)
    except BaseException as e:
        result = (type(e).__module__, type(e).__name__, str(e))
    print(f.__name__, [a if len(repr(a)) < 40 else ".." for a in args], ascii(result))


t(l.setlocale)
t(l.setlocale, "x")
t(l.setlocale, 99)
t(l.setlocale, l.LC_CTYPE, b"C")
t(l.setlocale, l.LC_CTYPE, "a\0b")
t(l.setlocale, l.LC_CTYPE, "no_WHERE.nothing")
t(l.setlocale, 99, "C")
t(l.setlocale, l.LC_CTYPE, "\udc80")
t(l.setlocale, 2**40, "C")
t(l.setlocale, l.LC_ALL, "C")
t(l.setlocale, l.LC_ALL)
t(l.getencoding)
t(l.nl_langinfo, l.CODESET)
t(l.setlocale, l.LC_CTYPE, "C.UTF-8")
t(l.setlocale, l.LC_NUMERIC, None)
t(l.getencoding)
t(l.strcoll, "a", "a")
t(l.strcoll, "a", "a\0b")
t(l.strcoll, "a", 1)
t(l.strcoll, "a")
print(l.strcoll("a", "\xe9") < 0, l.strcoll("\U00010000", "\xe9") > 0)
for text in "abc", "a\0bc", 1, "\ud800", "\xe9\U00010000", "":
    t(l.strxfrm, text)
for item in -1, 1, "x", 2**40, l.RADIXCHAR, l.THOUSEP, l.ERA, l.ALT_DIGITS, l._DATE_FMT, l.DAY_1, l.ABMON_12, l.YESEXPR:
    t(l.nl_langinfo, item)
for message in "x\u20ac", "", 1, b"x", "\udc80":
    t(l.gettext, message)
t(l.dgettext, "d", "x")
t(l.dgettext, None, "x")
t(l.dgettext, 1, "x")
t(l.dgettext, "a\0", "x")
t(l.dcgettext, "d", "x", l.LC_MESSAGES)
t(l.dcgettext, None, "x", "y")
for domain in None, "foo", None, 1, "":
    t(l.textdomain, domain)
for args in ("foo", "/tmp"), ("foo", None), ("", None), ("foo", 1), (None, "a"), ("foo", b"/x"):
    t(l.bindtextdomain, *args)
for args in ("foo", None), ("foo", "UTF-8"), ("foo", None), (None, None), ("foo", 1):
    t(l.bind_textdomain_codeset, *args)
print(l.Error.__mro__, l.Error is locale.Error)
print(sorted(n for n in dir(l) if n[0] != "_"))
print({n: getattr(l, n) for n in dir(l) if n.startswith("LC_") or n == "CHAR_MAX"})
print(l.localeconv())
for value, spec in (1234567, "n"), (-1234567, "020n"), (1234.5, "n"), (1e20, "n"), (complex(1.5, 2.5), "n"), (True, "n"):
    print(format(value, spec))
print(locale.str(1.5), locale.atof("1.5"), locale.format_string("%d", 12345, grouping=True))
print(locale.getlocale(locale.LC_NUMERIC), locale.getlocale())
moment = (2020, 3, 2, 13, 4, 5, 0, 62, 0)
print(time.strftime("%A \xe9 %d.%B \u20ac%%\ud800", moment).encode("ascii", "backslashreplace"), repr(time.strftime("", moment)), time.strftime("a\0%d", moment))
