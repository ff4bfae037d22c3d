# What `_opcode` says about every number, real and pseudo opcodes alike.
import _opcode

FLAGS = "arg const name jump free local exc".split()


def effects(number):
    found = []
    for arg in (None, 0, 3):
        for jump in (None, True, False):
            try:
                found.append(_opcode.stack_effect(number, arg, jump=jump))
            except ValueError as e:
                return str(e)
    return found if len(set(found)) > 1 else found[0]


for number in range(-1, 300):
    flags = [flag for flag in FLAGS if getattr(_opcode, "has_" + flag)(number)]
    if _opcode.is_valid(number):
        print(number, *flags, effects(number))
    else:
        assert not flags and effects(number) == "invalid opcode or oparg", number
print(_opcode.get_nb_ops())
print(_opcode.get_intrinsic1_descs(), _opcode.get_intrinsic2_descs())
print(_opcode.get_special_method_names(), _opcode.get_specialization_stats())
print(_opcode.ENABLE_SPECIALIZATION, _opcode.ENABLE_SPECIALIZATION_FT)


def f():
    pass


for call in (
    lambda: _opcode.get_executor(f.__code__, 0),
    lambda: _opcode.get_executor(f.__code__, 1),
    lambda: _opcode.get_executor(f.__code__, -2),
    lambda: _opcode.get_executor(f, 0),
    lambda: _opcode.get_executor(code=f.__code__, offset=0),
    lambda: _opcode.stack_effect(1, 2, jump=3),
    lambda: _opcode.stack_effect(130),
    lambda: _opcode.has_arg(opcode=44),
    lambda: _opcode.has_arg("x"),
):
    try:
        print(call())
    except Exception as e:
        print(type(e).__name__, e)
