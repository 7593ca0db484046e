#!/usr/bin/env python3
"""Checks the architecture's levels against the #include lines of src/.

Rules (docs/architecture.md):
  1. A module includes itself and modules of lower levels, and only those that its DEPS (or theirs) name.
  2. A header outside base, net, store and crypto includes our headers and the standard library, nothing else
     (x_fixture.hpp, which only tests include, may show the test libraries).
  3. Each module that has sources has a README.md of at most 60 lines.

The table of levels is read from the ebb_module() lines of src/CMakeLists.txt and src/*/CMakeLists.txt.

  check_levels.py [--root DIR]     checks; prints a line for each violation; exit 1 if there is one
  check_levels.py --list-up-to N   prints the names of the modules of levels 0 to N
"""
import argparse
import pathlib
import re
import sys

MODULE_LINE = re.compile(r"^\s*ebb_module\(\s*([^)]*)\)", re.MULTILINE)
TEST_EXTRA_LINE = re.compile(r"^\s*set\(\s*EBB_TEST_EXTRA_(\w+)\s+([^)]*)\)", re.MULTILINE)
INCLUDE_LINE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
TEST_HEADER = re.compile(r"^(gtest|gmock|rapidcheck)[./]")
STANDARD_HEADER = re.compile(r"^[a-z_0-9]+$")
MAY_SHOW_THIRD_PARTY = {"base", "net", "store", "crypto"}
README_LINES = 60


class Module:
    def __init__(self, words):
        self.name = words[0]
        self.level = int(words[words.index("LEVEL") + 1])
        self.deps = []
        if "DEPS" in words:
            for word in words[words.index("DEPS") + 1:]:
                if word == "LIBS":
                    break
                self.deps.append(word)


def read_modules(source):
    modules, test_extra = {}, {}
    for path in [source / "CMakeLists.txt", *sorted(source.glob("*/CMakeLists.txt"))]:
        if not path.exists():
            continue
        text = re.sub(r"#.*", "", path.read_text())
        for match in MODULE_LINE.finditer(text):
            module = Module(match.group(1).split())
            modules[module.name] = module
        for match in TEST_EXTRA_LINE.finditer(text):
            test_extra[match.group(1)] = {word.removeprefix("ebb_") for word in match.group(2).split()}
    return modules, test_extra


def reachable(modules, name):
    found, pending = set(), [name]
    while pending:
        for dep in modules[pending.pop()].deps:
            if dep in modules and dep not in found:
                found.add(dep)
                pending.append(dep)
    return found


def check_include(modules, test_extra, module, path, quote, target):
    """The complaint about one include, or None."""
    is_test = path.name.endswith("_test.cpp")
    if quote == "<" and path.name.endswith("_fixture.hpp") and TEST_HEADER.match(target):
        return None
    if quote == "<":
        if path.suffix == ".hpp" and module.name not in MAY_SHOW_THIRD_PARTY and not STANDARD_HEADER.match(target):
            return f"third-party header <{target}> in a header; include it in a .cpp"
        return None
    folder = target.split("/")[0]
    if "/" not in target or folder == module.name or folder not in modules:
        return None
    if is_test and folder in test_extra.get(module.name, set()):
        return None
    other = modules[folder]
    if other.level >= module.level:
        return f'"{target}" is of level {other.level}, {module.name} of level {module.level}: only downward'
    if not is_test and folder not in reachable(modules, module.name):
        return f'"{target}": {folder} is not among the DEPS of {module.name} (src/CMakeLists.txt)'
    return None


def check_module(modules, test_extra, module, source):
    complaints = []
    folder = source / module.name
    files = sorted([*folder.rglob("*.hpp"), *folder.rglob("*.cpp")])
    for dep in module.deps:
        if dep not in modules:
            complaints.append(f"src/CMakeLists.txt: {module.name} depends on the unknown module {dep}")
        elif modules[dep].level >= module.level:
            complaints.append(f"src/CMakeLists.txt: {module.name} (level {module.level}) depends on {dep} "
                              f"(level {modules[dep].level}): only downward")
    for path in files:
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            match = INCLUDE_LINE.match(line)
            complaint = match and check_include(modules, test_extra, module, path, match.group(1), match.group(2))
            if complaint:
                complaints.append(f"src/{path.relative_to(source)}:{number}: {complaint}")
    readme = folder / "README.md"
    if files and not readme.exists():
        complaints.append(f"src/{module.name}: no README.md")
    elif readme.exists() and len(readme.read_text().splitlines()) > README_LINES:
        complaints.append(f"src/{module.name}/README.md: more than {README_LINES} lines")
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--list-up-to", type=int, metavar="N")
    arguments = parser.parse_args()
    source = arguments.root / "src"
    modules, test_extra = read_modules(source)
    if not modules:
        sys.exit(f"{source}: no ebb_module() lines found")
    if arguments.list_up_to is not None:
        print("\n".join(m.name for m in modules.values() if m.level <= arguments.list_up_to))
        return 0
    complaints = []
    for module in modules.values():
        complaints += check_module(modules, test_extra, module, source)
    for path in sorted(source.iterdir()):
        if path.is_dir() and path.name not in modules and any(path.glob("*.[ch]pp")):
            complaints.append(f"src/{path.name}: not declared with ebb_module()")
    print("\n".join(complaints) if complaints else f"{len(modules)} modules: every include goes downward")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
