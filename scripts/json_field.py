#!/usr/bin/env python3
"""Prints one top-level field of the JSON document on stdin; fails when it is not there."""
import json
import sys

document = json.load(sys.stdin)
if sys.argv[1] not in document:
    sys.exit(f"no field {sys.argv[1]!r} in the document")
print(document[sys.argv[1]])
