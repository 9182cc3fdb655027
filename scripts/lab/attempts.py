# SPDX-License-Identifier: GPL-2.0
"""How often a case has been tried with the same module, and what failed.

Every case that a suite run has ended is written down in this tree, whatever became
of it: a later run that passes cannot hide one that failed, not even if the page is
made without that run's record.
"""

import hashlib
import json
import time
from pathlib import Path

import packages

LEDGER = packages.TOP / "build/lab/attempts.jsonl"


def scenario_hash(case):
    """Of the scenario's file: whether it was changed between two attempts."""
    return hashlib.sha256(Path(case.module.__file__).read_bytes()).hexdigest()[:12]


def _read():
    if not LEDGER.exists():
        return []
    return [json.loads(line) for line in LEDGER.read_text(encoding="utf-8").splitlines()]


def earlier(module, title):
    """Attempts at a case with this module, in the order in which they ended."""
    return [each for each in _read() if (each["module"], each["title"]) == (module, title)]


def entry(result, lab, error):
    """What is written down of a result, and kept in its row."""
    return {"title": result.case.title, "module": lab.tree["module"], "commit": lab.commit,
            "at": time.strftime("%Y-%m-%dT%H:%M:%S"), "error": error,
            "scenario": scenario_hash(result.case), "reduced": list(result.reduced)}


def note(result, lab, error):
    """Write a result down; its row's part of the record."""
    mine = entry(result, lab, error)
    before = earlier(mine["module"], mine["title"])
    mine["attempt"] = len(before) + 1
    LEDGER.parent.mkdir(parents=True, exist_ok=True)
    with open(LEDGER, "a", encoding="utf-8") as ledger:
        ledger.write(json.dumps(mine) + "\n")
    return {**mine, "failed": [each for each in before if each["error"]]}


def failures(rows, module):
    """Attempts that failed, of the cases in `rows` and of all that are written down.

    `rows`: {title: every row there is of it}. {title: [attempt]}, without the last
    row's own failure, which is a failure of the page.
    """
    found = {}
    for title, several in rows.items():
        known = {each["at"]: each for row in several for each in (row, *row["failed"])
                 if each["error"] and each["module"] == module}
        known.update({each["at"]: each for each in earlier(module, title) if each["error"]})
        known.pop(several[-1]["at"], None)
        if known:
            found[title] = [known[at] for at in sorted(known)]
    return found


def told(failed, last):
    """A line about the attempts at a case that failed before or after `last`."""
    parts = [f"attempt {each['attempt']} ({each['commit']}, {each['at'][:10]}) failed:"
             f" {each['error']}" for each in failed]
    end = "FAILED" if last["error"] else "passed"
    parts.append(f"attempt {last['attempt']}, in the table, {end}")
    if any(each["scenario"] != last["scenario"] for each in failed):
        parts.append("the scenario's file is another since")
    gone = [text for text in last["reduced"]
            if any(text not in each["reduced"] for each in failed)]
    if gone:
        parts.append("reduced since: " + ", ".join(gone))
    return "; ".join(parts)
