"""run_cases.py OUTCOMES MODULE: runs one module of CPython's `test` package, case by case.

The interpreter that runs this file is the one under test. The file OUTCOMES gets a line per case, when the case is over:

    outcome <TAB> id of the case <TAB> last line of the error, if any

The outcomes are `ok`, `skip`, `expected` (a failure that the module's author expects) and `bad`. A line of its own before
each case, `start <TAB> id`, tells where a process ended that did not come to its end. What the cases print goes where
the process's output goes.

Cases for CPython alone (`@cpython_only` and its like) look at `sys.implementation.name`. They are wanted here, since what
they test is what programs see, so the name is changed before anything of the package is imported.
"""
import sys

sys.implementation.name = 'cpython'

import unittest


def last_line(error):
    """What the traceback ends with: the class of the exception and the first line of its message."""
    kind, value = error[0], error[1]
    try:
        message = str(value).strip().partition('\n')[0]
    except Exception:
        message = '(no message)'
    text = f'{kind.__qualname__}: {message}' if message else kind.__qualname__
    return text.replace('\t', ' ').encode('ascii', 'backslashreplace').decode()[:200]


class Recorder(unittest.TestResult):
    """Writes what happens to each case; a case with subtests is as good as the worst of them."""

    def __init__(self, file):
        super().__init__()
        self.file = file
        self.worst = None

    def write(self, *fields):
        print(*fields, sep='\t', file=self.file, flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.worst = None
        self.write('start', test.id())

    def stopTest(self, test):
        super().stopTest(test)
        outcome, text = self.worst or ('bad', 'no outcome')
        self.write(outcome, test.id(), text)

    def note(self, outcome, text=''):
        if self.worst is None or self.worst[0] != 'bad':
            self.worst = outcome, text

    def addSuccess(self, test):
        if self.worst is None:
            self.note('ok')

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.note('bad', last_line(error))

    def addFailure(self, test, error):
        self.note('bad', last_line(error))

    def addError(self, test, error):
        if isinstance(test, unittest.TestCase):
            self.note('bad', last_line(error))
        else:
            # Preparing a class or the module failed: none of its cases begins.
            self.write('bad', test.id(), last_line(error))

    def addSkip(self, test, reason):
        self.note('skip')

    def addExpectedFailure(self, test, error):
        self.note('expected')

    def addUnexpectedSuccess(self, test):
        self.note('bad', 'passes although a failure is expected')


def main(path, module):
    with open(path, 'w', encoding='utf-8') as file:
        from test import support
        support.use_resources = {}  # None of the optional resources: no network, no large files, no hours.
        recorder = Recorder(file)
        try:
            suite = unittest.defaultTestLoader.loadTestsFromName('test.' + module)
        except unittest.SkipTest:
            recorder.write('skip', 'test.' + module, '')
            return
        suite.run(recorder)


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2])
