"""Signals: numbers and the handler of the interrupt.

Handlers are remembered; only the interrupt's reaches Python code so far.
"""

import errno as _errno

ITIMER_PROF = 2
ITIMER_REAL = 0
ITIMER_VIRTUAL = 1
NSIG = 65
SIGABRT = 6
SIGALRM = 14
SIGBUS = 7
SIGCHLD = 17
SIGCLD = 17
SIGCONT = 18
SIGFPE = 8
SIGHUP = 1
SIGILL = 4
SIGINT = 2
SIGIO = 29
SIGIOT = 6
SIGKILL = 9
SIGPIPE = 13
SIGPOLL = 29
SIGPROF = 27
SIGPWR = 30
SIGQUIT = 3
SIGRTMAX = 64
SIGRTMIN = 34
SIGSEGV = 11
SIGSTKFLT = 16
SIGSTOP = 19
SIGSYS = 31
SIGTERM = 15
SIGTRAP = 5
SIGTSTP = 20
SIGTTIN = 21
SIGTTOU = 22
SIGURG = 23
SIGUSR1 = 10
SIGUSR2 = 12
SIGVTALRM = 26
SIGWINCH = 28
SIGXCPU = 24
SIGXFSZ = 25
SIG_BLOCK = 0
SIG_DFL = 0
SIG_IGN = 1
SIG_SETMASK = 2
SIG_UNBLOCK = 1


class ItimerError(OSError):
    """An interval timer could not be set or read."""

    __module__ = 'signal'


def default_int_handler(signalnum, frame, /):
    """The default handler for SIGINT: raise KeyboardInterrupt."""
    raise KeyboardInterrupt


_handlers = {number: SIG_DFL for number in range(1, NSIG)}
_handlers[SIGINT] = default_int_handler
_handlers[SIGPIPE] = SIG_IGN
_handlers[SIGXFSZ] = SIG_IGN


def _check(signalnum):
    if not isinstance(signalnum, int):
        raise TypeError(f"'{type(signalnum).__name__}' object cannot be interpreted as an integer")
    if not 1 <= signalnum < NSIG:
        raise ValueError('signal number out of range')


def getsignal(signalnum, /):
    """The handler of a signal."""
    _check(signalnum)
    return _handlers.get(int(signalnum))


def signal(signalnum, handler, /):
    """Set the handler of a signal; the one before."""
    _check(signalnum)
    if not callable(handler) and handler not in (SIG_DFL, SIG_IGN):
        raise TypeError('signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object')
    if signalnum in (SIGKILL, SIGSTOP):
        raise OSError(_errno.EINVAL, 'Invalid argument')
    old = _handlers[int(signalnum)]
    if handler is not old and not (signalnum == SIGINT and handler is default_int_handler):
        raise NotImplementedError(f'signal.signal: other handlers of signal {int(signalnum)} are not there yet')
    return old


def set_wakeup_fd(fd, /, *, warn_on_full_buffer=True):
    """Set the descriptor that signals are written to."""
    if fd != -1:
        raise NotImplementedError('signal.set_wakeup_fd is not there yet')
    return -1


def strsignal(signalnum, /):
    """The system's name for a signal."""
    _check(signalnum)
    return _TEXTS.get(int(signalnum))


def valid_signals():
    """All signals that may be used."""
    return {n for n in range(1, NSIG) if n not in (32, 33)}


def raise_signal(signalnum, /):
    """Send a signal to this process."""
    import posix
    posix.kill(posix.getpid(), int(signalnum))


_TEXTS = {
    1: 'Hangup',
    2: 'Interrupt',
    3: 'Quit',
    4: 'Illegal instruction',
    5: 'Trace/breakpoint trap',
    6: 'Aborted',
    7: 'Bus error',
    8: 'Floating point exception',
    9: 'Killed',
    10: 'User defined signal 1',
    11: 'Segmentation fault',
    12: 'User defined signal 2',
    13: 'Broken pipe',
    14: 'Alarm clock',
    15: 'Terminated',
    16: 'Stack fault',
    17: 'Child exited',
    18: 'Continued',
    19: 'Stopped (signal)',
    20: 'Stopped',
    21: 'Stopped (tty input)',
    22: 'Stopped (tty output)',
    23: 'Urgent I/O condition',
    24: 'CPU time limit exceeded',
    25: 'File size limit exceeded',
    26: 'Virtual timer expired',
    27: 'Profiling timer expired',
    28: 'Window changed',
    29: 'I/O possible',
    30: 'Power failure',
    31: 'Bad system call',
}
