# The native queue of threads: its calls, its errors, and items that go from thread to thread.
import _queue, gc, queue, threading, time, weakref
Q=_queue.SimpleQueue
def t(f,*a,**k):
    try:
        print(f.__name__, f(*a,**k))
    except BaseException as e:
        print(f.__name__, type(e).__module__, type(e).__name__, e)
print(Q.__mro__, _queue.Empty.__mro__, Q.__text_signature__, queue.SimpleQueue is Q, queue.Empty is _queue.Empty)
for n in ('put','put_nowait','get','get_nowait','empty','qsize','__class_getitem__'):
    print(n, getattr(Q,n).__text_signature__)
t(Q,1); t(Q,a=1)
class S(Q): pass
t(S,1); t(S,a=3)
class S2(Q):
    def __init__(self,a): self.a=a
print(S2(1).a)
q=Q()
t(q.put,1); t(q.put); t(q.put,1,2,3); t(q.put,1,2,3,4); t(q.put, item=7); t(q.put,1,bad=1); t(q.put,1,timeout='x',block=0)
t(q.put_nowait,4); t(q.put_nowait); t(q.put_nowait,item=5)
t(q.qsize); t(q.empty); t(q.get); t(q.get,True); t(q.get, block=False); t(q.get,timeout=0.1); t(q.get,True,0.1); t(q.get_nowait)
while not q.empty(): q.get()
t(q.get,False); t(q.get_nowait); t(q.get,timeout=0.01); t(q.get,timeout=0); t(q.get,timeout=-1); t(q.get,timeout=-0.0);t(q.get,False,-1); t(q.get,timeout='x'); t(q.get,False,'x');t(q.get,timeout=float('nan')); t(q.get,timeout=1e300); t(q.get,timeout=2**70); t(q.get,timeout=1e10); t(q.get,timeout=float('inf')); t(q.get,timeout=9223372036.9)
q.put(9)
t(q.get,timeout=-1); t(q.get,timeout='x'); t(q.get,timeout=float('nan'))
t(q.get)
t(q.get,1,2,3); t(q.get,bad=3); t(q.empty,1)
print(Q[int], Q[int,str])
s=S(); s.x=1; print(s.x)
try: q.x=1
except Exception as e: print(e)
w=weakref.ref(q); print(w() is q); del q; print(w())
class C: pass
q=Q(); c=C(); c.q=q; q.put(c); r=weakref.ref(c); del c,q; gc.collect(); print(r())
print(repr(Q())[:24], gc.is_tracked(Q()))
import copy, pickle
t(lambda q: pickle.dumps(q), Q())
t(copy.copy,Q())
class E(Exception): pass
class Blk:
    def __bool__(s): raise E('no')
q=Q(); t(q.get,Blk()); 
class Tm:
    def __index__(s): return 0
t(q.get,True,Tm())

# A thread that waits gets what is put later; each item goes to one thread only.
q = Q()
got = []
def taker():
    while (item := q.get()) is not None:
        got.append(item)
threads = [threading.Thread(target=taker) for _ in range(4)]
for thread in threads: thread.start()
for i in range(2000): q.put(i)
for _ in threads: q.put(None)
for thread in threads: thread.join()
print(sorted(got) == list(range(2000)), q.empty())
q = Q()
late = threading.Thread(target=lambda: (time.sleep(0.05), q.put('late')))
late.start()
print(q.get(timeout=60))
late.join()
begin = time.monotonic()
t(q.get, timeout=0.05)
print(time.monotonic() - begin >= 0.05)
