#!/usr/bin/env python3
"""Tests of check_levels.py: it must pass a clean tree and name each kind of violation."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECKER = pathlib.Path(__file__).resolve().parent / "check_levels.py"
TABLE = """
ebb_module(base LEVEL 0 LIBS fmt::fmt)
ebb_module(model LEVEL 1 DEPS base)
ebb_module(book LEVEL 2 DEPS model)   # ebb_module(ghost LEVEL 9)
ebb_module(store LEVEL 2 DEPS model)
ebb_module(checker LEVEL 4 DEPS base)
"""


class CheckLevels(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        self.write("CMakeLists.txt", TABLE)
        for module in ("base", "model", "book", "store", "checker"):
            self.write(f"{module}/README.md", "# it\n")
            self.write(f"{module}/{module}.hpp", "#include <vector>\n")

    def tearDown(self):
        self.folder.cleanup()

    def write(self, name, text):
        path = self.root / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_checker(self, *arguments):
        return subprocess.run([sys.executable, CHECKER, "--root", self.root, *arguments], capture_output=True, text=True)

    def assert_complains(self, words):
        result = self.run_checker()
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn(words, result.stdout)
        self.assertEqual(len(result.stdout.splitlines()), 1, result.stdout)

    def test_clean_tree_passes(self):
        self.write("book/a.cpp", '#include "model/model.hpp"\n#include "base/base.hpp"\n#include <boost/asio.hpp>\n')
        self.write("store/store.hpp", "#include <sqlite3.h>\n")
        result = self.run_checker()
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_upward_include(self):
        self.write("model/a.cpp", 'int x;\n#include "book/book.hpp"\n')
        self.assert_complains("src/model/a.cpp:2")

    def test_sideways_include(self):
        self.write("book/a.hpp", '#include "store/store.hpp"\n')
        self.assert_complains("only downward")

    def test_undeclared_dependency(self):
        self.write("checker/a.cpp", '#include "model/model.hpp"\n')
        self.assert_complains("not among the DEPS of checker")

    def test_third_party_header_in_a_header(self):
        self.write("book/a.hpp", "#include <boost/asio.hpp>\n")
        self.assert_complains("third-party header <boost/asio.hpp>")

    def test_fixtures_show_test_libraries_only(self):
        self.write("book/book_fixture.hpp", "#include <gtest/gtest.h>\n#include <rapidcheck.h>\n")
        self.assertEqual(self.run_checker().returncode, 0)
        self.write("book/book_fixture.hpp", "#include <absl/hash/hash.h>\n")
        self.assert_complains("third-party header <absl/hash/hash.h>")

    def test_dependency_upward(self):
        self.write("CMakeLists.txt", TABLE.replace("base)\nebb_module(book", "base book)\nebb_module(book"))
        self.assert_complains("model (level 1) depends on book")

    def test_missing_readme(self):
        (self.root / "src/book/README.md").unlink()
        self.assert_complains("src/book: no README.md")

    def test_long_readme(self):
        self.write("book/README.md", "line\n" * 61)
        self.assert_complains("more than 60 lines")

    def test_undeclared_folder(self):
        self.write("extra/a.cpp", "int x;\n")
        self.assert_complains("src/extra: not declared")

    def test_list(self):
        self.assertEqual(self.run_checker("--list-up-to", "1").stdout.split(), ["base", "model"])


if __name__ == "__main__":
    unittest.main()
