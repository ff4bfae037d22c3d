# What imports of the library's modules do, which the runtime does without importlib's code when it can.

# A thread that comes into being while a module of the library is imported waits until that module is complete.
import builtins
import sys
import threading
import time

original = builtins.__import__
threads = []


def other():
    module = original("json")
    print("other thread:", hasattr(module, "dumps"), module.__spec__._initializing)


def observed(name, globals=None, locals=None, fromlist=(), level=0):
    if globals is not None and globals["__name__"] == "json" and not threads:
        print("json begins:", sys.modules["json"].__spec__._initializing)
        threads.append(threading.Thread(target=other))
        threads[0].start()
        time.sleep(0.05)
    return original(name, globals, locals, fromlist, level)


builtins.__import__ = observed
import json

builtins.__import__ = original
threads[0].join()
print("main thread:", json.dumps([1]), json.__spec__._initializing)


# What nobody has is missed with the same words, whoever looked for it.
for name in ["no_such_module", "json.no_such_module", "json.decoder.below", "os.below"]:
    try:
        original(name)
    except ImportError as e:
        print(type(e).__name__, e, e.name, e.path)
        frames = []
        tb = e.__traceback__
        while tb is not None:
            frames.append(tb.tb_frame.f_code.co_name)
            tb = tb.tb_next
        print(frames)

# A finder that somebody adds is asked.
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        print("asked for", name, path is not None)


sys.meta_path.insert(0, Finder)
import xml.dom.NodeFilter
sys.meta_path.remove(Finder)

# So is a finder class that somebody changes.
from importlib.machinery import PathFinder

found = PathFinder.find_spec
PathFinder.find_spec = lambda name, path=None, target=None: print("changed", name) or found(name, path, target)
import netrc
PathFinder.find_spec = found

spec = netrc.__spec__
print(spec.name, spec.parent == "", spec.origin == netrc.__file__, spec.cached == netrc.__cached__)
import wave

for module in wave, xml.dom:
    spec = module.__spec__
    print(list(vars(spec)), type(spec).__name__)
    print(spec.parent, spec.has_location, spec.loader is module.__loader__, spec.loader.path == module.__file__)
    print([name for name in vars(module) if name in ("__name__", "__package__", "__path__", "__file__", "__cached__")])
    print(module.__cached__ == __import__("importlib.util").util.cache_from_source(module.__file__))
