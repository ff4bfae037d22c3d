# The set that says which annotations were reached is a variable of the module; anything can be in its place.
for value in ('0', '{}', '[]', "''", 'object()', 'frozenset()', 'set()'):
    try:
        exec(f'__conditional_annotations__ = {value}\nx: int\nprint(__conditional_annotations__)', {})
    except TypeError as e:
        print(value, e)
