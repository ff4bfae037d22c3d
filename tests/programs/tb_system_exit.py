# exit: 3
# SystemExit ends the program quietly, after finally blocks.
import sys


class Loud:
    def __del__(self):
        print("finalised")


def leave(code):
    local = Loud()
    try:
        sys.exit(code)
    finally:
        print("leaving with", code)


for code in (None, 0, "message", 2):
    try:
        leave(code)
    except SystemExit as error:
        print("caught", repr(error.code), error.args)
leave(3)
