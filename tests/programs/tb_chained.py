# exit: 1
# A traceback of chained exceptions: a cause, a context and notes.
def parse(text):
    try:
        return int(text)
    except ValueError as error:
        raise LookupError(f"no number in {text!r}") from error


def load():
    try:
        parse("twelve")
    except LookupError as error:
        error.add_note("while loading\nthe configuration")
        {}["fallback"]


load()
