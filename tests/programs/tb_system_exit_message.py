# exit: 1
# SystemExit with a text prints it to stderr.
import sys

print("to stdout")
sys.exit("the reason, on stderr")
