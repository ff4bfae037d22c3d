# Tables as text.
import csv
import io

rows = list(csv.reader(['a,b,"c, ""d"""', '1,2.5,', '"two', 'lines",x', '', ' s , t']))
print(rows)
print(list(csv.reader(['a;b', "'x;y';z"], delimiter=';', quotechar="'")))
print(list(csv.reader(['1,"2",x'[:-2]], quoting=csv.QUOTE_NONNUMERIC)))
print(list(csv.reader([',"",x'], quoting=csv.QUOTE_NOTNULL)))
print(list(csv.reader(['a\\,b,c'], escapechar='\\')))
for options in ({}, {'quoting': csv.QUOTE_ALL}, {'quoting': csv.QUOTE_NONNUMERIC}, {'quoting': csv.QUOTE_STRINGS},
                {'quoting': csv.QUOTE_NONE, 'escapechar': '\\'}, {'doublequote': False, 'escapechar': '!'},
                {'dialect': 'excel-tab'}, {'lineterminator': '\n', 'delimiter': '|'}):
    out = io.StringIO()
    writer = csv.writer(out, **options)
    writer.writerow(['a', 1, 2.5, None, 'x,y', 'q"q', 'l\nm', ''])
    writer.writerows([[1], [''], []][: 1 if options.get('quoting') == csv.QUOTE_NONE else 3])
    print(repr(out.getvalue()))
print(csv.list_dialects(), csv.field_size_limit())
csv.register_dialect('mine', delimiter=':')
print(csv.get_dialect('mine').delimiter, list(csv.reader(['a:b'], 'mine')))
csv.unregister_dialect('mine')
reader = csv.DictReader(io.StringIO('x,y\n1,2\n3\n'))
print(list(reader), reader.line_num)


def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__ + ':', e)


attempt(lambda: csv.get_dialect('mine'))
attempt(lambda: list(csv.reader([b'x'])))
attempt(lambda: list(csv.reader(['"a"b'], strict=True)))
attempt(lambda: list(csv.reader(['"a'], strict=True)))
attempt(lambda: csv.reader([], delimiter='ab'))
attempt(lambda: csv.reader([], delimiter=1))
attempt(lambda: csv.reader([], nothing=1))
attempt(lambda: csv.reader([], quoting=9))
attempt(lambda: csv.reader([], delimiter='"'))
attempt(lambda: csv.writer(1))
attempt(lambda: csv.writer(io.StringIO()).writerow(5))
attempt(lambda: csv.writer(io.StringIO(), quoting=csv.QUOTE_NONE).writerow(['a,b']))
