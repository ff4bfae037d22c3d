# Attributes of terminals, seen from both ends of a pseudo-terminal.
import os
import pty
import termios
import tty


def show(f, *args):
    try:
        print(f.__name__, f(*args))
    except Exception as e:
        print(f.__name__, type(e).__module__, type(e).__name__, e)


master, slave = pty.openpty()
print(os.isatty(master), os.isatty(slave), os.ttyname(slave).startswith('/dev/'), os.get_inheritable(slave))
attributes = termios.tcgetattr(slave)
print(len(attributes), attributes[:2], attributes[3:])
print(termios.B38400, termios.NCCS, attributes[4] == termios.B38400)

# Attributes: only as one list, whose last item is a list.
show(termios.tcsetattr, slave, termios.TCSANOW, attributes)
for wrong in (attributes[:6], tuple(attributes), attributes[:6] + [()], attributes[:6] + [[]], None):
    show(termios.tcsetattr, slave, termios.TCSANOW, wrong)
for item in (1, b'x', 'x', b'xy', b'', None, 2**70, -1):
    changed = [*attributes[:6], [*attributes[6]]]
    changed[6][termios.VEOL] = item
    show(termios.tcsetattr, slave, termios.TCSANOW, changed)
    print(termios.tcgetattr(slave)[6][termios.VEOL])
for item in (2**70, 'x', None, 1.0):
    show(termios.tcsetattr, slave, termios.TCSANOW, [item, *attributes[1:]])
show(termios.tcsetattr, slave, 7, attributes)
show(termios.tcsetattr, slave, 'x', attributes)

# Speeds are numbers; 0 for input is that of output.
for speeds in ((9600, 9600), (9600, 115200), (12345, 54321), (0, 300)):
    show(termios.tcsetattr, slave, termios.TCSANOW, [*attributes[:4], *speeds, attributes[6]])
    print(termios.tcgetattr(slave)[4:6], termios.tcgetattr(slave)[2] & termios.CBAUD)
termios.tcsetattr(slave, termios.TCSANOW, attributes)

# Without canonical mode two of the control characters are numbers.
before = tty.setcbreak(slave)
after = termios.tcgetattr(slave)
print(before == attributes, after[3] & (termios.ICANON | termios.ECHO), after[6][termios.VMIN], after[6][termios.VTIME])
os.write(master, b'a')
print(os.read(slave, 10))
tty.setraw(slave)
os.write(master, b'\x03\r')
print(os.read(slave, 10))
termios.tcsetattr(slave, termios.TCSAFLUSH, attributes)
os.write(slave, b'line\n')
print(os.read(master, 10))
os.write(master, b'typed\r')
print(os.read(slave, 10), os.read(master, 10))

# The size of the window.
show(termios.tcsetwinsize, slave, (24, 80))
show(termios.tcgetwinsize, master)
show(termios.tcsetwinsize, slave, [25, 132])
print(os.get_terminal_size(slave))
for wrong in ((1,), (1, 2, 3), 'ab', None, (-1, 2), (1, 65536), (1.0, 2), {0: 1, 1: 2}, (2**70, 1)):
    show(termios.tcsetwinsize, slave, wrong)

# What is no terminal.
r, w = os.pipe()
for f, args in (
    (termios.tcgetattr, ()),
    (termios.tcsetattr, (0, attributes)),
    (termios.tcsendbreak, (0,)),
    (termios.tcdrain, ()),
    (termios.tcflush, (0,)),
    (termios.tcflow, (0,)),
    (termios.tcgetwinsize, ()),
    (termios.tcsetwinsize, ((1, 2),)),
):
    show(f, r, *args)
    show(f, -1, *args)
    show(f, 'x', *args)
for f in (termios.tcsendbreak, termios.tcflush, termios.tcflow):
    show(f, slave, 1.0)
    show(f, slave, 2**40)
    show(f, slave)
show(termios.tcflush, slave, termios.TCIOFLUSH)
show(termios.tcflush, slave, 9)
show(termios.tcflow, slave, -1)


class File:
    def __init__(self, fd):
        self.fd = fd

    def fileno(self):
        return self.fd


print(termios.tcgetattr(File(slave)) == attributes)
show(termios.tcgetattr, File('x'))
show(termios.tcgetattr, File(-1))
print(termios.error.__mro__, issubclass(termios.error, OSError))

# A child with a terminal of its own.
pid, fd = pty.fork()
if pid == 0:
    os.write(1, b'%d %d' % (os.isatty(0), os.getsid(0) == os.getpid() == os.tcgetpgrp(0)))
    os._exit(3)
print(os.read(fd, 10), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

other = os.posix_openpt(os.O_RDWR | os.O_NOCTTY)
os.grantpt(other)
os.unlockpt(other)
print(os.ptsname(other).startswith('/dev/pts/'), os.get_inheritable(other), os.ctermid())
show(os.grantpt, r)
show(os.unlockpt, r)
show(os.ptsname, r)
show(os.ptsname, -1)
show(os.tcgetpgrp, r)
show(os.tcsetpgrp, r, os.getpid())
