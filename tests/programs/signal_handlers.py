# Python functions as handlers of signals.
import os
import signal


def handler(number, frame):
    print('handler', signal.Signals(number).name, frame.f_code.co_name)


def raises(number, frame):
    raise LookupError(number)


def main():
    print(signal.getsignal(signal.SIGUSR1), signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    print(signal.signal(signal.SIGUSR1, handler))
    print(signal.getsignal(signal.SIGUSR1) is handler)
    signal.raise_signal(signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.signal(signal.SIGUSR2, raises)
    try:
        signal.raise_signal(signal.SIGUSR2)
    except LookupError as e:
        print(repr(e))
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        print('interrupted')
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.raise_signal(signal.SIGINT)
    print(signal.signal(signal.SIGINT, signal.default_int_handler))

    fired = []
    signal.signal(signal.SIGALRM, lambda *args: fired.append(args[0]))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    while not fired:
        pass
    print(fired, signal.getitimer(signal.ITIMER_REAL))

    old = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    signal.raise_signal(signal.SIGUSR1)
    print('blocked', signal.sigpending() == {signal.SIGUSR1})
    signal.pthread_sigmask(signal.SIG_SETMASK, old)
    print(signal.strsignal(signal.SIGTERM), len(signal.valid_signals()) > 60)
    for bad in (lambda: signal.signal(100, handler), lambda: signal.signal(signal.SIGUSR1, 5),
                lambda: signal.signal(signal.SIGKILL, handler)):
        try:
            bad()
        except (ValueError, TypeError, OSError) as e:
            print(type(e).__name__, e)


main()
