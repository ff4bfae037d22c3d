//! What is changed in the packaged files: each edit replaces a text that occurs once.
//!
//! Two kinds: what the package changed for its own interpreter is put back, and corrections of CPython's later bug-fix
//! releases that programs would notice. An edit whose text is not found stops the build, so a new version of the package
//! is reviewed.

/// File, the text that is there, the text that takes its place.
const EDITS: &[(&str, &str, &str)] = &[
    // The finder's cache is there only when its module is.
    (
        "importlib/_bootstrap_external.py",
        "        from importlib.metadata import MetadataPathFinder\n        MetadataPathFinder.invalidate_caches()\n",
        "        metadata = sys.modules.get('importlib.metadata')\n        if metadata is not None:\n            \
         metadata.MetadataPathFinder.invalidate_caches()\n",
    ),
    // The same code, made without the compiler, which executables need not have.
    (
        "collections/__init__.py",
        "    code = f'lambda _cls, {arg_list}: _tuple_new(_cls, ({arg_list}))'\n    __new__ = eval(code, namespace)\n",
        "    # lambda _cls, {arg_list}: _tuple_new(_cls, ({arg_list}))\n    __new__ = \
         type(namedtuple)(_code_of_new(field_names), namespace)\n",
    ),
    (
        "_py_abc.py",
        "        subclass = instance.__class__\n",
        "        # An instance without __class__ is one of its type.\n        subclass = getattr(instance, '__class__', \
         type(instance))\n",
    ),
    (
        "collections/__init__.py",
        "from _weakref import proxy as _proxy\n",
        "from _weakref import proxy as _proxy; from _taipan_fields import code_of_new as _code_of_new\n",
    ),
    ("site.py", "return 'RustPython' # XXX: RUSTPYTHON; for site-packages", "return 'Python'"),
    (
        "site.py",
        "    # XXX: RUSTPYTHON\n    return f'{userbase}/lib/rustpython{",
        "    return f'{userbase}/lib/python{",
    ),
    ("sysconfig/__init__.py", "return 'RustPython'  # XXX: RUSTPYTHON; For site-packages", "return 'Python'"),
    (
        "platform.py",
        "        # XXX: RUSTPYTHON support\n        if \"RustPython\" in sys_version:\n            name = \"RustPython\"",
        "        if \"Taipan\" in sys_version:\n            name = \"Taipan\"",
    ),
    (
        "_compat_pickle.py",
        "# NOTE: RUSTPYTHON exceptions\ntry:\n    JitError\nexcept NameError:\n    pass\nelse:\n    \
         PYTHON2_EXCEPTIONS += (\"JitError\",)\n\n",
        "",
    ),
    // A message may be anything, also what has no truth value.
    (
        "traceback.py",
        "        msg = self.msg or \"<no detail available>\"\n",
        "        msg = \"<no detail available>\" if self.msg in (None, \"\") else self.msg\n",
    ),
    // CPython tells `linecache` of the program of -c when it starts that; here the module asks when it is imported.
    (
        "linecache.py",
        "        key = _make_key(code)\n        _interactive_cache[key] = entry\n",
        "        key = _make_key(code)\n        _interactive_cache[key] = entry\n\n\ndef \
         _register_command():\n    import _imp\n    command = _imp._command()\n    if command is not None:\n        \
         _register_code(*command, '<string>')\n\n\n_register_command()\ndel _register_command\n",
    ),
    (
        "io.py",
        "                 open, open_code, BytesIO,",
        "                 open, open_code, FileIO, BytesIO,",
    ),
    (
        "io.py",
        "# XXX: RUSTPYTHON; FileIO needs host_env, optional without it\ntry:\n    from _io import FileIO\nexcept \
         ImportError:\n    FileIO = None\n",
        "",
    ),
    (
        "io.py",
        "if FileIO is not None:  # XXX: RUSTPYTHON; see the try/except above\n    RawIOBase.register(FileIO)",
        "RawIOBase.register(FileIO)",
    ),
];

/// File, the line that the removed part begins with, the line that it ends before (empty: the end of the file).
const CUTS: &[(&str, &str, &str)] = &[
    ("json/decoder.py", "    # RUSTPYTHON SPECIFIC\n", "    # Note that this exception is used from _json\n"),
    ("unittest/__init__.py", "\n\n\n# XXX: RUSTPYTHON\n# This is very useful", ""),
];

/// The text of a file as the library has it.
pub fn apply(file: &str, text: Vec<u8>) -> Vec<u8> {
    let edits: Vec<_> = EDITS.iter().filter(|(f, ..)| *f == file).collect();
    let cuts: Vec<_> = CUTS.iter().filter(|(f, ..)| *f == file).collect();
    if edits.is_empty() && cuts.is_empty() {
        return text;
    }
    let mut text = String::from_utf8(text).unwrap_or_else(|e| panic!("{file}: {e}"));
    for (_, old, new) in edits {
        assert_eq!(text.matches(old).count(), 1, "{file}: the text to be changed is not there once: {old:?}");
        text = text.replace(old, new);
    }
    for (_, from, to) in cuts {
        let start = text.find(from).unwrap_or_else(|| panic!("{file}: {from:?} is not there"));
        let end = if to.is_empty() { text.len() } else { start + text[start..].find(to).expect("cut ends") };
        text.replace_range(start..end, "");
    }
    text.into_bytes()
}
