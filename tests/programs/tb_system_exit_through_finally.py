# exit: 3
def f():
    raise SystemExit(3)
try: f()
finally: print("fin")
