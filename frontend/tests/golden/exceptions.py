def f():
    try:
        a()
    except ValueError:
        b()
    except (TypeError, KeyError) as e:
        c(e)
        raise
    except OSError, IOError:
        pass
    except:
        raise X from e
    else:
        d()
    try:
        return 1
    finally:
        return_later()
