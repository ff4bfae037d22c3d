# exit: 1
import sys
sys.stdout.write("no newline")
sys.stderr.write("err\n")
sys.exit("bye")
