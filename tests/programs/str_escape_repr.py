# repr of unusual characters and quotes.
for s in ("it's", 'say "hi"', "both ' and \"", "tab\there", "new\nline", "back\\slash", "\x00\x1f\x7f", "\x80\xa0\xad", "é\u200b",
          "\ud800", "\ufeff", "\U0001f600", "\U000e0001", "a\rb"):
    print(repr(s), ascii(s), len(s))
print(repr(["it's", "x"]), str(("a'b",)), {"k'": 'v"'})
for s in ("abc", "é日😀"):
    for encoding in ("utf-8", "latin-1", "ascii"):
        try:
            print(s.encode(encoding))
        except UnicodeEncodeError as error:
            print(error)
print("é".encode("ascii", "replace"), "é".encode("ascii", "ignore"), "é".encode("ascii", "xmlcharrefreplace"), "é".encode("ascii", "backslashreplace"))
print("日本".encode("utf-16-le"), "a".encode("utf-32-be"), "\ud800".encode("utf-8", "surrogatepass"))
