#!/usr/bin/env python3
"""Cuts seeds for the fuzz targets out of recorded data, into a folder under build/. Nothing recorded enters the repository.

    scripts/fuzz_seeds.py RECORDED OUT CORPUS

CORPUS is one of those below; others have no recorded seeds. What is there already is not made again. Compressed recordings need
the program `zstd` and are left out without it.
"""
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys

LONGEST = 16 << 10  # longer seeds make every mutation slow
MOST = 400


def head(path: pathlib.Path, size: int) -> bytes:
    if path.suffix != ".zst":
        with path.open("rb") as file:
            return file.read(size)
    if shutil.which("zstd") is None:
        return b""
    reader = subprocess.Popen(["zstd", "-dc", "--long=27", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    data = reader.stdout.read(size)
    reader.kill()
    reader.wait()
    return data


def captures(recorded: pathlib.Path):
    for path in sorted((recorded / "ws_market").rglob("*")) + sorted((recorded / "book_history").rglob("*")):
        if path.is_file() and path.suffix in (".json", ".jsonl", ".csv", ".zst"):
            yield path


def capture_seeds(recorded: pathlib.Path):
    for path in captures(recorded):
        yield head(path, LONGEST)


def frame_seeds(recorded: pathlib.Path):
    for path in captures(recorded):
        for line in head(path, 1 << 20).split(b"\n")[:60]:
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict):
                value = next((value[key] for key in ("raw", "payload", "data") if key in value), value)
            yield value.encode() if isinstance(value, str) else json.dumps(value, separators=(",", ":")).encode()


def documents(recorded: pathlib.Path):
    for folder in ("rest", "activity", "trades"):
        for path in sorted((recorded / folder).rglob("*.json")):
            try:
                yield path, json.loads(path.read_bytes())
            except ValueError:
                continue


def rest_seeds(recorded: pathlib.Path):
    """Whole answers where they are short; of long ones their first elements, in the shape of the answer."""
    for _, value in documents(recorded):
        for size in (None, 3, 1):
            part = value
            if size is not None:
                if isinstance(value, list):
                    part = value[:size]
                elif isinstance(value, dict):
                    part = {k: v[:size] if isinstance(v, list) else v for k, v in value.items()}
            text = json.dumps(part, separators=(",", ":")).encode()
            if len(text) <= LONGEST:
                yield text
                break


def user_seeds(recorded: pathlib.Path):
    for path, value in documents(recorded):
        if "user" in path.name or "order_" in path.name or "trade" in path.name:
            yield json.dumps(value, separators=(",", ":")).encode()


SEEDS = {"capture": capture_seeds, "decode": frame_seeds, "rest": rest_seeds, "user": user_seeds}


def main(recorded: pathlib.Path, out: pathlib.Path, corpus: str) -> int:
    folder = out / corpus
    if corpus not in SEEDS or folder.exists():
        return 0
    making = out / (corpus + ".part")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    count = 0
    for seed in SEEDS[corpus](recorded):
        if not seed or len(seed) > LONGEST or count == MOST:
            continue
        (making / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
        count += 1
    making.rename(folder)
    print(f"{count} seeds from recorded data for {corpus}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]))
