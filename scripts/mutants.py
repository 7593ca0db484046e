#!/usr/bin/env python3
"""Runs every deliberate defect of src/base/mutant.hpp in the simulation until a rule notices it.

usage: mutants.py PROGRAM [--seeds N] [--jobs J] [--markdown] [NAME...]

PROGRAM is ebb-simulate. A defect is noticed by a rule that no seed breaks without it. While the sound program has known
violations, their rules count only when the defect makes them far more frequent. The trader's own assertions, which stop the
program, notice, too. Prints a table; exit 1 when a defect is not noticed within N seeds (2,000).
"""
import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed

FIRST_BLOCK = 4
LARGEST_BLOCK = 64
SOUND_SEEDS = 200


class Simulator:
    """Runs seeds and tells the broken rules of each."""

    def __init__(self, program):
        self.program = program

    def run(self, first, count, mutant=None, jobs=1):
        """{seed: [rules in order of time]} of the seeds that broke any; a seed that died has the rule "CHECK ..."."""
        command = [self.program, "--seeds", str(count), "--from", str(first), "--jobs", str(jobs), "--json"]
        if mutant:
            command += ["--mutant", mutant]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode in (0, 1) and done.stdout.startswith("{"):
            rules = {}
            for violation in json.loads(done.stdout)["violations"]:
                rules.setdefault(violation["seed"], []).append(violation["rule"])
            return rules
        if done.returncode >= 0 or count == 0:
            sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr[-2000:]}")
        if count == 1:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            return {first: ["CHECK: " + (lines[-1][-90:] if lines else f"signal {-done.returncode}")]}
        rules = {}
        for seed in range(first, first + count):  # one of them died: which one?
            rules.update(self.run(seed, 1, mutant))
            if mutant and rules.get(seed):
                break
        return rules


def hunt(simulator, mutant, most, known):
    """(seeds needed, rules that noticed) or (None, None)."""
    first, block = 1, FIRST_BLOCK
    counts = Counter()
    while first <= most:
        count = min(block, most - first + 1)
        broken = simulator.run(first, count, mutant)
        for seed in sorted(broken):
            rules = list(dict.fromkeys(broken[seed]))
            counts.update(rules)
            # A rule that is broken without the defect, too, must be broken so often that chance does not explain it.
            noticed = [r for r in rules if r not in known or counts[r] >= 3 + 4 * seed * known[r] / SOUND_SEEDS]
            if noticed:
                return seed, noticed
        first += count
        block = min(2 * block, LARGEST_BLOCK)
    return None, None


def catalogue(program):
    lines = subprocess.run([program, "--list-mutants"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.split(None, 2) for line in lines]


def as_text(rules):
    return "not noticed" if rules is None else ", ".join(rules[:3])


def as_line(name, seeds, rules):
    return f"{name:<26}{seeds or '-':>6}  {as_text(rules)}"


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("program")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_intermixed_args()
    listed = catalogue(options.program)
    unknown = set(options.names) - {name for name, _, _ in listed}
    if unknown:
        sys.exit(f"there is no mutant {', '.join(sorted(unknown))}")
    wanted = [entry for entry in listed if not options.names or entry[0] in options.names]
    simulator = Simulator(options.program)
    begun = time.monotonic()
    broken = simulator.run(1, SOUND_SEEDS, jobs=options.jobs)
    known = Counter(rule for rules in broken.values() for rule in set(rules))
    if known:
        told = ", ".join(f"{rule} {count}" for rule, count in sorted(known.items()))
        print(f"of {SOUND_SEEDS} seeds these break rules without any defect: {told}", file=sys.stderr)
    found = {}
    with ThreadPoolExecutor(options.jobs) as pool:
        tasks = {pool.submit(hunt, simulator, name, options.seeds, known): name for name, _, _ in wanted}
        for task in as_completed(tasks):
            found[tasks[task]] = task.result()
            print(as_line(tasks[task], *task.result()), file=sys.stderr, flush=True)

    if options.markdown:
        print("| defect | what it breaks | seeds | noticed by |\n|---|---|---|---|")
    for name, _, breaks in wanted:
        seeds, rules = found[name]
        if options.markdown:
            print(f"| `{name}` | {breaks} | {seeds or '-'} | {as_text(rules)} |")
        else:
            print(as_line(name, seeds, rules))
    missed = sum(seeds is None for seeds, _ in found.values())
    print(f"{len(wanted) - missed} of {len(wanted)} defects noticed within {options.seeds} seeds, "
          f"in {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
