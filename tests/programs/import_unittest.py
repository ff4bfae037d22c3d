# unittest loads and runs cases. The time it says is taken out.
import io, re, unittest

class Sums(unittest.TestCase):
    def setUp(self):
        self.items = [1, 2]

    def test_sum(self):
        self.assertEqual(sum(self.items), 3)

    def test_raises(self):
        with self.assertRaises(ZeroDivisionError):
            1 / 0
        with self.assertRaisesRegex(ValueError, 'invalid literal'):
            int('x')

    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertIn(i, range(3))

    @unittest.skip('not now')
    def test_skipped(self):
        pass

    @unittest.expectedFailure
    def test_expected(self):
        self.assertTrue(False)

    def test_fails(self):
        self.assertEqual([1, 2, 3], [1, 2, 4])

    def test_error(self):
        {}['missing']

stream = io.StringIO()
suite = unittest.defaultTestLoader.loadTestsFromTestCase(Sums)
result = unittest.TextTestRunner(stream=stream, verbosity=2).run(suite)
for line in stream.getvalue().splitlines():
    if ' ... ' in line or line.startswith(('FAIL', 'ERROR', 'Ran', 'KeyError', 'AssertionError')):
        print(re.sub(r'in \d+\.\d+s', 'in TIME', line))
print(result.testsRun, len(result.failures), len(result.errors), len(result.skipped), len(result.expectedFailures))
