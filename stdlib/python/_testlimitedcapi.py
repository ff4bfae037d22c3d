"""What the library's tests ask of CPython's module of this name, as far as it makes sense without a C API.

The functions work on an object's items by position, as PySequence_GetItem and its siblings do.
"""


def _position(obj, index):
    if isinstance(obj, dict) or not hasattr(type(obj), '__getitem__'):
        raise TypeError(f"'{type(obj).__name__}' object does not support indexing")
    return int(index)


def sequence_getitem(obj, index, /):
    """PySequence_GetItem."""
    return obj[_position(obj, index)]


def sequence_setitem(obj, index, value, /):
    """PySequence_SetItem; 0, its result."""
    obj[_position(obj, index)] = value
    return 0


def sequence_delitem(obj, index, /):
    """PySequence_DelItem; 0, its result."""
    del obj[_position(obj, index)]
    return 0


def _py_getbuiltwithassert():
    """Whether the interpreter was built with assertions for its developers."""
    return 0


def object_hasattrstring(obj, name, /):
    """PyObject_HasAttrString: errors count as no."""
    try:
        getattr(obj, name.decode())
    except Exception:
        return 0
    return 1


def call_vectorcall(func, /):
    """PyObject_Vectorcall with an argument and a keyword."""
    return func('foo', baz='bar')


def call_vectorcall_method(obj, /):
    """PyObject_VectorcallMethod with an argument and a keyword."""
    return obj.f('foo', baz='bar')
