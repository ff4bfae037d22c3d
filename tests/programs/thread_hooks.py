# What threads report and how they are watched: excepthook, tracing of all threads, exceptions, names, forks.
import _thread
import os
import sys
import threading
import time

Args = _thread._ExceptHookArgs
hook = _thread._excepthook


def show(*args):
    try:
        print(hook(Args(args)))
    except Exception as e:
        print(type(e).__name__, e)


def failing():
    raise ValueError(3)


class Thread:
    pass


try:
    failing()
except ValueError as e:
    error = e.with_traceback(None)

sys.stderr = sys.stdout
thread = Thread()
thread.name = 'a name'
show(ValueError, error, None, thread)
thread.name = 5
show(ValueError, None, None, thread)
show(None, error, None, thread)
show(int, 3, None, thread)
show(SystemExit, SystemExit(3), None, thread)


class Exit(SystemExit):
    pass


show(Exit, Exit(3), None, thread)
for wrong in ((), (1, 2, 3), (1, 2, 3, 4, 5), 3):
    try:
        print(Args(wrong))
    except TypeError as e:
        print(e)
print(Args((1, 2, 3, 4)), Args.__match_args__)
try:
    hook((1, 2, 3, 4))
except TypeError as e:
    print(e)

# Streams that fail, or are not there.
sys.stderr = None
show(ValueError, error, None, thread)
thread._stderr = None
show(ValueError, error, None, thread)
show(ValueError, error, None, None)


class Stream:
    def write(self, text):
        raise OSError('full')


sys.stderr = Stream()
show(ValueError, error, None, thread)


class Unflushed:
    def write(self, text):
        sys.stdout.write(text)


sys.stderr = Unflushed()
show(ValueError, error, None, thread)


class Nameless:
    @property
    def name(self):
        1 / 0


sys.stderr = sys.stdout
show(ValueError, error, None, Nameless())

# Through threading.
threading.excepthook = lambda args: print('hook', args.exc_type, args.exc_value, args.thread.name)
t = threading.Thread(target=failing, name='worker')
t.start()
t.join()
threading.excepthook = threading.__excepthook__
print(threading.excepthook is hook)


# Tracing functions of threads that run already.
started, go = threading.Event(), threading.Event()
seen = []


def traced():
    return 1


def watched():
    started.set()
    go.wait()
    seen.append(sys.gettrace() is tracer)
    seen.append(sys.getprofile() is profiler)
    traced()


calls, profiled = [], []


def tracer(frame, event, arg):
    if frame.f_code is traced.__code__:
        calls.append(event)


def profiler(frame, event, arg):
    if frame.f_code is traced.__code__:
        profiled.append(event)


t = threading.Thread(target=watched)
t.start()
started.wait()
threading.settrace_all_threads(tracer)
threading.setprofile_all_threads(profiler)
go.set()
t.join()
print(sys.gettrace() is tracer, sys.getprofile() is profiler)
threading.settrace_all_threads(None)
threading.setprofile_all_threads(None)
print(seen, calls, profiled, sys.gettrace(), sys.getprofile())

# The exceptions that threads handle.
handling, done = threading.Event(), threading.Event()


def handler():
    try:
        failing()
    except ValueError:
        handling.set()
        done.wait()


t = threading.Thread(target=handler)
t.start()
handling.wait()
exceptions = sys._current_exceptions()
print(exceptions[threading.get_ident()], repr(exceptions[t.ident]), len(exceptions))
done.set()
t.join()

# A name of the system's ends with a zero byte.
print(_thread.set_name('a\0b'), _thread._get_name())
print(sys.thread_info.name, sys.thread_info.version.split()[0], sys.is_finalizing())


# Comparing a name that is no str may lie.
class Liar:
    def __repr__(self):
        return 'a liar'

    def __eq__(self, other):
        return True


class Local(threading.local):
    pass


for name in (Liar(), 3):
    try:
        Local().__setattr__(name, 2)
    except Exception as e:
        print(type(e).__name__, e)

# A fork in another thread: in the child the main thread has ended, the forking one is the main thread.
main = threading.current_thread()


def forking():
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        main.join()
        now = threading.main_thread()
        print(main.is_alive(), now is threading.current_thread(), threading.active_count(), now.name)
        sys.stdout.flush()
        os._exit(5)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


import warnings
warnings.simplefilter('ignore', DeprecationWarning)
t = threading.Thread(target=forking, name='forking')
t.start()
t.join()

# A fork waits for the import lock.
import _imp
held = threading.Event()


def importing():
    _imp.acquire_lock()
    sys.modules['half'] = 'half'
    held.set()
    time.sleep(0.05)
    sys.modules['half'] = 'whole'
    _imp.release_lock()


t = threading.Thread(target=importing)
t.start()
held.wait()
sys.stdout.flush()
pid = os.fork()
if pid == 0:
    os._exit(42 if __import__('half') == 'whole' and not _imp.lock_held() else 1)
t.join()
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), _imp.lock_held())
