# os: files, folders, descriptors, processes, the environment.
import os, stat, tempfile

with tempfile.TemporaryDirectory() as folder:
    here = os.getcwd()
    os.chdir(folder)
    os.mkdir('d')
    os.makedirs('x/y/z', exist_ok=True)
    fd = os.open('f', os.O_CREAT | os.O_RDWR, 0o644)
    print(os.write(fd, b'hello'), os.lseek(fd, 1, os.SEEK_SET), os.read(fd, 3), os.fstat(fd).st_size)
    os.ftruncate(fd, 2)
    os.close(fd)
    st = os.stat('f')
    print(st.st_size, stat.filemode(st.st_mode), st[6], len(st), stat.S_ISREG(st.st_mode), st.st_mtime_ns // 10**9 == int(st.st_mtime))
    os.rename('f', 'g')
    os.symlink('g', 'l')
    os.link('g', 'h')
    print(sorted(os.listdir('.')), os.readlink('l'), os.path.islink('l'), os.stat('h').st_nlink, os.path.samefile('g', 'h'))
    print(sorted((e.name, e.is_dir(), e.is_symlink()) for e in os.scandir('.')))
    print([(os.path.relpath(a, folder), sorted(b), sorted(c)) for a, b, c in sorted(os.walk(folder))])
    os.chmod('g', 0o600)
    os.utime('g', (1000, 2000))
    print(oct(os.stat('g').st_mode & 0o777), os.stat('g').st_mtime, os.access('g', os.R_OK), os.path.getsize('g'))
    for call in ['os.stat("none")', 'os.mkdir("d")', 'os.rmdir("x")', 'os.rename("none", "n")', 'os.open("none", 0)', 'os.listdir("g")',
                 'os.close(-1)', 'os.stat(1.5)', 'os.stat("a\\0b")', 'os.remove("d")', 'os.read(999, 1)', 'os.chdir("none")']:
        try:
            print(call, eval(call))
        except Exception as e:
            print(call, type(e).__name__, e, getattr(e, 'filename', None))
    os.remove('l')
    os.unlink('h')
    os.removedirs('x/y/z')
    print(sorted(os.listdir(b'.')))
    r, w = os.pipe()
    os.write(w, b'pipe'); os.close(w)
    print(os.read(r, 10), os.read(r, 10)); os.close(r)
    os.environ['TAIPAN_TEST'] = 'ä'
    print(os.getenv('TAIPAN_TEST'), os.environb[b'TAIPAN_TEST'], os.popen('echo $TAIPAN_TEST').read() if hasattr(os, 'nothing') else '')
    del os.environ['TAIPAN_TEST']
    pid = os.fork()
    if pid == 0:
        os._exit(7)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), os.getpid() > 0, os.path.exists('/'), os.path.isdir('d'), os.path.isfile('d'))
    print(os.strerror(2), len(os.urandom(4)), os.cpu_count() > 0, os.fspath('a'), os.name, os.uname().sysname)
    os.chdir(here)
