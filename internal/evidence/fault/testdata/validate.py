"""Runs PyPI wacz' validator over every file of a folder: one line a file, its name and accepted, rejected or crashed."""
import contextlib, io, os, sys
from wacz.main import main

for name in sorted(os.listdir(sys.argv[1])):
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main(["validate", "-f", os.path.join(sys.argv[1], name)])
        result = "rejected" if code else "accepted"
    except SystemExit as e:
        result = "rejected" if e.code else "accepted"
    except BaseException:
        result = "crashed"
    print(name, result, flush=True)
