#!/usr/bin/env python3
"""A person who knows the truth, played on the real screens: how many keys does a photo take?

    tests/bench/keystrokes.py TEND PROJECT [single|grid] [COLSxROWS]

PROJECT: one in which the photos to review (all that are open and of split val, or --filter of PROJECT) have no label,
whose truth is the folder names: .../A/B/C/photo.jpg. It is changed. The person reads the screen (a script from a pipe,
dumps back), accepts what is right, takes a candidate by its digit where the truth is among them, else types into the
picker. In the grid: a page is looked at as a whole; wrong ones are reached by Tab or h j k l, whichever is nearer.
Prints keys a photo, and the score of what was answered."""
import os, re, subprocess, sys, tempfile

tend, project = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
mode = sys.argv[3] if len(sys.argv) > 3 else "single"
size = sys.argv[4] if len(sys.argv) > 4 else "200x60"
WORDS = {" ": "Space"}


class Screen:
    def __init__(self):
        self.dir = tempfile.mkdtemp()
        keys, out = self.dir + "/keys", self.dir + "/out"
        os.mkfifo(keys)
        os.mkfifo(out)
        options = ["--order", sys.argv[5]] if len(sys.argv) > 5 else []
        self.child = subprocess.Popen([tend, "review", "--script", keys, "--dump", out, "--size", size, "--graphics",
                                       "blocks", "--filter", "file=val/"] + options, cwd=project)
        self.keys = open(keys, "w")
        self.out = open(out, encoding="utf-8")
        self.count = 0
        self.log = []

    def press(self, *keys):
        """Keys (counted), then what is to be seen when all is calm."""
        self.count += len(keys)
        self.log += keys
        self.keys.write(" ".join(WORDS.get(k, k) for k in keys) + " idle wait:320 idle dump\n")
        self.keys.flush()
        cols, rows = map(int, self.out.readline().split()[2].split("x"))
        self.lines = [self.out.readline().rstrip("\n") for _ in range(rows)]
        return self.lines


def truth_of(path):
    return path.split("/")[1:-1]


def is_path(shown, truth):
    """A path as the screen has it, names cut perhaps."""
    names = shown.split(" > ")
    if names[0] == "\u2026":
        names, truth = names[1:], truth[1 - len(names):]
    return len(names) == len(truth) and all(
        re.fullmatch(re.escape(n).replace("\u2026", ".*"), t) for n, t in zip(names, truth))


def candidates(lines):
    """[(digit, path)]"""
    found = []
    for line in lines:
        m = re.search(r"(?:^|\s)([1-9]) (\S+(?: > \S+)*)\s+(?:<?\d+ %|label)?\s*$", line)
        if m:
            found.append((m.group(1), m.group(2)))
    return found


def take(s, lines, truth):
    """The digit of the truth, or letters into the picker until it is selected."""
    for digit, shown in candidates(lines):
        if is_path(shown, truth):
            return s.press(digit)
    for digit, shown in candidates(of_picker(s.press("Enter"))): # picked before
        if is_path(shown, truth):
            return s.press(digit)
    typed = telling_words(truth)
    for i, letter in enumerate(typed, 1):
        lines = of_picker(s.press(letter))
        rows = first_rows(lines, "> " + typed[:i].rstrip())
        at = next((r for r, shown in enumerate(rows) if is_path(shown, truth)), 9)
        if at <= 1 or (i == len(typed) and at < 9):
            return s.press(*["Down"] * at, "Enter")
    raise SystemExit("cannot pick %s:\n%s" % (truth, "\n".join(lines)))


def of_picker(lines):
    """The picker alone, which stands at the left of a page or at its right."""
    head = next((l for l in lines if re.search(r"photos +%", l)), "")
    end = head.find("%") + 1
    return [l[:end] for l in lines] if 0 < end < 100 else lines


def telling_words(truth):
    """Of the last name: first the word that the fewest other names have."""
    names = {t[-1] for t in map(truth_of, photos_of_db().values())}
    words = truth[-1].lower().split("-")
    return " ".join(sorted(words, key=lambda w: sum(w in n.lower().split("-") for n in names)))


def first_rows(lines, typed):
    """The first paths of the picker's list, below what is typed."""
    at, found = next((i for i, l in enumerate(lines) if typed in l), len(lines)), []
    for l in lines[at + 1:]:
        m = re.search(r"(\S+(?: > \S+)*)(?:\s+[\d,]+)?(?:\s+<?\d+)?(?: %)?\s*$", l[lines[at].index(typed):])
        if m and " > " in m.group(1):
            found.append(m.group(1))
    return found[:8]


def photos_of_db():
    import sqlite3
    db = sqlite3.connect("file:%s/.tend/project.db?mode=ro" % project, uri=True)
    return dict(db.execute("SELECT id, CAST(path AS TEXT) FROM photo"))


def single(s):
    done, lines = 0, s.press()
    while True:
        path = lines[0].split("  ")[0].strip()
        if not path.startswith("val/"):
            return done
        choices = candidates(lines)
        right = choices and choices[0][0] == "1" and is_path(choices[0][1], truth_of(path))
        lines = s.press("a") if right else take(s, lines, truth_of(path))
        done += 1


def cells(lines):
    """[(photo, row, column, label, sign)]"""
    found = []
    for r, line in enumerate(lines):
        for m in re.finditer(r"\[(\d+): (\d+)x(\d+) ", line):
            width, height = int(m.group(2)), int(m.group(3))
            text = [lines[row][m.start():m.start() + width] if row < len(lines) else "" for row in
                    (r + height, r + height + 1)]
            label = text[0][2:].rstrip()
            if text[1][:2] == "  ": # a second line
                label += text[1][2:].rstrip()
            found.append((int(m.group(1)), r, m.start(), re.sub(r"\s*(<?\d+ %)?\s*$", "", label), text[0][:1]))
    return found


def grid(s):
    paths, seen, lines = photos_of_db(), set(), s.press("g")
    while True:
        page = cells(lines)
        left = [c for c in page if c[4] not in "\u2713s*"]
        seen |= {c[0] for c in page}
        if not left:
            return len(seen)
        wrong = [c for c in left if not is_path(c[3], truth_of(paths[c[0]])[-1:])]
        here = next(c for c in page if lines[0].split("  ")[0].strip() == paths[c[0]])
        if not wrong:
            lines = s.press("a")
        elif here in wrong:
            lines = take(s, lines, truth_of(paths[here[0]]))
        else:
            lines = s.press(*way(page, here, wrong))


def way(page, here, wrong):
    """Keys to the nearest wrong one; Tab when that is farther than four."""
    rows = sorted({c[1] for c in page})
    cols = sorted({c[2] for c in page})
    def place(c):
        return rows.index(c[1]), cols.index(c[2])
    r, c = place(here)
    best = None
    for w in wrong:
        wr, wc = place(w)
        keys = ["j"] * (wr - r) + ["k"] * (r - wr) + ["l"] * (wc - c) + ["h"] * (c - wc)
        if best is None or len(keys) < len(best):
            best = keys
    return best if len(best) <= 4 else ["Tab"]


s = Screen()
done = single(s) if mode == "single" else grid(s)
s.keys.write("q q\n")
s.keys.close()
print("%s, %s: %d keys, %d photos, %.3f keys a photo" % (mode, size, s.count, done, s.count / max(done, 1)))
from collections import Counter
print("   ", ", ".join("%s %d" % k for k in Counter(s.log).most_common(12)))
s.child.wait()
