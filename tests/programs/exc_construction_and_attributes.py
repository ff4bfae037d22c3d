# Constructors and attributes of the built-in exceptions, right and wrong arguments.
def t(s):
    try: r = eval(s); print(s, '->', repr(r), '|', str(r) if isinstance(r, BaseException) else '')
    except BaseException as e: print(s, '!!', type(e).__name__, e)
for s in '''ImportError(foo=1)
ImportError(1,2,name=3)
ImportError("m", name="a", path="p").__reduce__()
ImportError(1).msg
ImportError(1,2).msg
AttributeError(foo=1)
AttributeError("a",name="n",obj=3).__reduce__()
AttributeError("a",name="n",obj=3).__getstate__()
AttributeError("a").__reduce__()
NameError("a",x=1)
ValueError(a=1)
ValueError.__new__(ValueError, a=1)
KeyError("a")
str(KeyError("a"))
str(KeyError("a","b"))
StopIteration(1,2).value
SystemExit(1,2).code
SystemExit().code
OSError(2,"x")
OSError(2,"x","f")
OSError(2,"x","f",None,"g")
OSError(2,"x","f",3,"g").args
OSError(2,"x","f",3,"g").__reduce__()
OSError(2,"x","f").__reduce__()
OSError("f").__reduce__()
OSError(2,"x","f",3,"g",5)
OSError(13,"x").__class__
OSError("a",a=1)
OSError.__new__(OSError,1,2)
BlockingIOError(11,"a",5).characters_written
BlockingIOError(11,"a").characters_written
OSError(1).characters_written
UnicodeDecodeError()
UnicodeDecodeError(1,2,3,4,5)
UnicodeDecodeError("utf-8",b"abc",1,2,"bad")
UnicodeDecodeError("utf-8",b"abc",1,3,"bad")
UnicodeDecodeError("utf-8",3,1,3,"bad")
UnicodeDecodeError("utf-8",b"abc","a",3,"bad")
UnicodeDecodeError("utf-8",b"abc",1,3,6)
UnicodeEncodeError("utf-8","a\\udc80c",1,2,"bad").reason
str(UnicodeEncodeError("utf-8","a\\udc80c",1,2,"bad"))
str(UnicodeEncodeError("utf-8","a\\udc80c",0,2,"bad"))
UnicodeEncodeError("utf-8",b"",0,2,"bad")
UnicodeEncodeError("utf-8","\\U0001F600",0,1,"bad")
UnicodeEncodeError("utf-8","\\xe9",0,1,"bad")
UnicodeTranslateError("\\u1234b",0,1,"bad")
UnicodeTranslateError("ab",0,2)
UnicodeDecodeError("utf-8",b"abc",10,30,"bad").end
UnicodeDecodeError("utf-8",b"abc",-10,-30,"bad").start
SyntaxError("m",("f",1,2,"t"))
SyntaxError("m",("f",1,2,"t",3))
SyntaxError("m",("f",1,2,"t",3,4)).end_offset
SyntaxError("m",("f",1,2))
SyntaxError("m",1)
SyntaxError("m",[1,2,3,4])
SyntaxError("m",("f/g",None,2,"t"))
str(SyntaxError("m",("f/g",3,2,"t")))
str(SyntaxError("m",(None,3,2,"t")))
SyntaxError("m",1,2).msg
SyntaxError().msg
str(SyntaxError())
ExceptionGroup()
ExceptionGroup(1,2)
ExceptionGroup("a",2)
ExceptionGroup("a",[])
ExceptionGroup("a",[1])
ExceptionGroup("a",[ValueError(1), 3])
ExceptionGroup("a",[KeyboardInterrupt()])
BaseExceptionGroup("a",[KeyboardInterrupt()])
BaseExceptionGroup("a",[ValueError(1)])
BaseExceptionGroup("a",(ValueError(1),))
ExceptionGroup("a",[ValueError(1),TypeError(2)]).split(ValueError)
ExceptionGroup("a",[ValueError(1),TypeError(2)]).split((ValueError,TypeError))
ExceptionGroup("a",[ValueError(1),TypeError(2)]).subgroup(lambda e: isinstance(e,TypeError))
ExceptionGroup("a",[ValueError(1),TypeError(2)]).subgroup(3)
ExceptionGroup("a",[ValueError(1),TypeError(2)]).exceptions
ExceptionGroup("a",[ValueError(1),TypeError(2)]).args
type("X",(ExceptionGroup,ValueError),{})("a",[KeyboardInterrupt()])
type("X",(BaseExceptionGroup,ValueError),{})("a",[KeyboardInterrupt()])
ExceptionGroup("a",[ValueError(1)], x=1)
ExceptionGroup("a",[ValueError(1)], 2)
ExceptionGroup[int]
ValueError(1).with_traceback(2)
ValueError(1).add_note(2)
ValueError(1).__setstate__(2)
ValueError(1).__setstate__({1:2})
ValueError(1).__setstate__({"x":2})
ValueError(1).__reduce__()
setattr(ValueError(1),"__cause__",3)
setattr(ValueError(1),"__context__",3)
setattr(ValueError(1),"__traceback__",3)
setattr(ValueError(1),"__suppress_context__",3)
setattr(ValueError(1),"args",3)
delattr(ValueError(1),"args")
delattr(ValueError(1),"__cause__")
delattr(ValueError(1),"__context__")
delattr(ValueError(1),"__traceback__")
delattr(ValueError(1),"__suppress_context__")
delattr(ValueError(1),"__dict__")
setattr(ValueError(1),"__dict__",3)
str(ValueError(1,2))
str(ValueError())
MemoryError().args
UnicodeDecodeError.__new__(UnicodeDecodeError)
str(UnicodeDecodeError.__new__(UnicodeDecodeError))
UnicodeDecodeError.__new__(UnicodeDecodeError).start
ImportError.__new__(ImportError).msg
OSError.__new__(OSError).errno
str(OSError(2,"n",b"ff"))
str(OSError(None,None,"f"))
str(OSError(2,None,"f"))
str(OSError(2,None))
str(ImportError())
str(ImportError(3))
type("E",(OSError,),{"__init__":lambda s,*a:None})(2,"x").errno
type("E",(OSError,),{"__new__":lambda c,*a:OSError.__new__(c)})(2,"x").errno
type("E",(OSError,),{})(2,"x").errno
ExceptionGroup.__module__
ExceptionGroup.__bases__
ExceptionGroup.__mro__
ValueError.__module__
ValueError.__init__
ValueError.args
BaseException.__dict__["args"]
'''.splitlines(): t(s)
