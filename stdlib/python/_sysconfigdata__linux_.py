"""Variables of the build, for `sysconfig`. There is no C build; what programs ask for most is here."""

build_time_vars = {
    'AR': 'ar',
    'CC': 'cc',
    'CXX': 'c++',
    'CFLAGS': '',
    'CONFIG_ARGS': '',
    'EXT_SUFFIX': '.taipan-314-x86_64-linux-gnu.so',
    'HAVE_FORK': 1,
    'LDFLAGS': '',
    'MACHDEP': 'linux',
    'Py_DEBUG': 0,
    'Py_ENABLE_SHARED': 0,
    'Py_GIL_DISABLED': 0,
    'Py_REMOTE_DEBUG': 0,
    'SHELL': '/bin/sh',
    'SHLIB_SUFFIX': '.so',
    'SIZEOF_VOID_P': 8,
    'SOABI': 'taipan-314-x86_64-linux-gnu',
    'VERSION': '3.14',
    'WITH_DOC_STRINGS': 1,
    'WITH_PYMALLOC': 0,
}
