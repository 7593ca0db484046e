#!/usr/bin/env python3
"""Runs every deliberate defect of src/base/mutant.hpp in the simulation until a rule notices it.

usage: mutants.py PROGRAM [--seeds N] [--jobs J] [--markdown] [NAME...]

PROGRAM is ebb-simulate. A seed counts as noticing when it breaks a rule that it does not break without the defect, or when
the trader's own assertions stop it. Prints a table; exit 1 when a defect is not noticed within N seeds (2,000).
"""
import argparse
import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

FIRST_BLOCK = 4
LARGEST_BLOCK = 64


class Simulator:
    """Runs seeds and tells the broken rules of each."""

    def __init__(self, program):
        self.program = program
        self.sound = {}  # seed -> rules that it breaks without a defect
        self.lock = threading.Lock()

    def run(self, first, count, mutant=None):
        """{seed: [rules in order of time]} of the seeds that broke any; a seed that died has the rule "CHECK ..."."""
        command = [self.program, "--seeds", str(count), "--from", str(first), "--json"]
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
            if rules.get(seed):
                break
        return rules

    def without_defect(self, first, count):
        with self.lock:
            missing = [seed for seed in range(first, first + count) if seed not in self.sound]
            if missing:
                found = self.run(missing[0], missing[-1] - missing[0] + 1)
                for seed in range(missing[0], missing[-1] + 1):
                    self.sound[seed] = set(found.get(seed, ()))
            return self.sound


def hunt(simulator, mutant, most):
    """(seeds needed, rules that noticed) or (None, None)."""
    first, block = 1, FIRST_BLOCK
    while first <= most:
        count = min(block, most - first + 1)
        sound = simulator.without_defect(first, count)
        broken = simulator.run(first, count, mutant)
        for seed in sorted(broken):
            new = [rule for rule in dict.fromkeys(broken[seed]) if rule not in sound[seed]]
            if new:
                return seed, new
        first += count
        block = min(2 * block, LARGEST_BLOCK)
    return None, None


def catalogue(program):
    lines = subprocess.run([program, "--list-mutants"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.split(None, 2) for line in lines]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    known = catalogue(options.program)
    unknown = set(options.names) - {name for name, _, _ in known}
    if unknown:
        sys.exit(f"there is no mutant {', '.join(sorted(unknown))}")
    wanted = [entry for entry in known if not options.names or entry[0] in options.names]
    simulator = Simulator(options.program)
    begun = time.monotonic()
    if options.markdown:
        print("| defect | what it breaks | seeds | noticed by |\n|---|---|---|---|")

    def look(entry):
        return hunt(simulator, entry[0], options.seeds)

    missed = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for (name, _, breaks), (seeds, rules) in zip(wanted, pool.map(look, wanted)):
            missed += seeds is None
            told = "not noticed" if seeds is None else ", ".join(rules[:3])
            if options.markdown:
                print(f"| `{name}` | {breaks} | {seeds or '-'} | {told} |", flush=True)
            else:
                print(f"{name:<26}{seeds or '-':>6}  {told}", flush=True)
    print(f"{len(wanted) - missed} of {len(wanted)} defects noticed within {options.seeds} seeds, "
          f"in {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
