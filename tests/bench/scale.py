#!/usr/bin/env python3
"""How cost grows with the number of photos: makes projects of generated photos and measures, as a person meets it,
init, import, export, opening the review, another order or filter, searches, the picker, the report; and memory.

    tests/bench/scale.py BUILD FOLDER [N ...]     default: 10000 100000 1000000

FOLDER: where there is room for some gigabytes (a million small photos, their features); what is made there (scale-N) is
used again when it is there, and left: remove it afterwards. The review runs in a pty that says it has sixel; a time is
from the key to the last byte of the first picture that is another one than before (where the photo stays the same: to
the last byte of text), and beside it how long the thread that draws was computing meanwhile, which says more on a busy
machine. WIDTH=0: without features. ONLY=review: no init, import, export."""
import os, pty, re, select, shutil, subprocess, sys, termios, time, fcntl, struct, signal

build, base = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
sizes = [int(a) for a in sys.argv[3:]] or [10000, 100000, 1000000]
tend, scale = build + "/tend", build + "/tests/bench/scale"
width = os.environ.get("WIDTH", "1280")
ORDERS = ["sure", "path", "file", "random", "oldest", "doubt"]
FILTERS = ["below=top3", "conf<0.4", "label=top4", "file=d000", "!flagged", "disagree", "who=bench", "open"]
results = {}


def note(n, what, value, unit):
    results.setdefault((what, unit), {})[n] = value
    print("%9d  %-28s %10.3f %s" % (n, what, value, unit), flush=True)


def run(folder, n, what, *args, out=None):
    """Seconds and MB of a command."""
    began = time.monotonic()
    child = subprocess.Popen(args, cwd=folder, stdout=out or subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        raise SystemExit("%s: status %d" % (" ".join(args), status))
    seconds = time.monotonic() - began
    note(n, what, seconds, "s")
    note(n, what + ", cpu", usage.ru_utime + usage.ru_stime, "s")
    note(n, what + " memory", usage.ru_maxrss / 1024, "MB")
    return seconds


class Review:
    def __init__(self, folder, *args):
        self.buffer, self.seen, self.pictures, self.turn = b"", 0, [], 0
        self.began = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ["TERM"] = "xterm-256color"
            os.execv(tend, [tend, "review", *args])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 1200, 800))

    def take(self, wait):
        if not select.select([self.fd], [], [], max(wait, 0))[0]:
            return False
        data = os.read(self.fd, 1 << 16)
        if b"\033[c" in data:
            os.write(self.fd, b"\033[6;20;10t\033[?62;4;22c")
        self.buffer += data
        self.last = time.monotonic()
        while True:
            m = re.compile(rb"\033P[^\033]*\033\\").search(self.buffer, self.seen)
            if not m:
                break
            self.seen = m.end()
            self.pictures.append((self.last, hash(m.group())))
        if len(self.buffer) > 1 << 22:
            cut = max(self.seen, len(self.buffer) - (1 << 21))
            self.buffer, self.seen = self.buffer[cut:], 0
        return True

    def wait_picture(self, most, other_than=None, since=0):
        """When the first picture ended that is another one."""
        end = time.monotonic() + most
        while True:
            for at, picture in self.pictures[since:]:
                if picture != other_than:
                    return at
            if time.monotonic() > end:
                return None
            self.take(min(end - time.monotonic(), 0.5))

    def calm(self, quiet, most=60):
        """Nothing was written for so long."""
        end = time.monotonic() + most
        while time.monotonic() < end and self.take(quiet):
            pass

    def cpu(self):
        """Seconds the thread of the terminal has computed."""
        return int(open("/proc/%d/task/%d/schedstat" % (self.pid, self.pid)).read().split()[0]) * 1e-9

    def type(self, text):
        os.write(self.fd, text.encode())

    def line(self, text, most=4):
        """Seconds from Enter to the next photo."""
        self.type(text[0])
        self.calm(0.3)
        self.type(text[1:])
        self.calm(0.4)
        count, shown, computed = len(self.pictures), self.pictures[-1][1], self.cpu()
        pressed = time.monotonic()
        self.type("\r")
        at = self.wait_picture(most, shown, count)
        return (at or self.last) - pressed, self.cpu() - computed, at is None

    def key(self, key, pattern, most=60):
        """Seconds from a key to text on the screen."""
        start = len(self.buffer)
        pressed = time.monotonic()
        self.type(key)
        while time.monotonic() < pressed + most:
            self.take(0.5)
            if re.search(pattern, self.buffer[start:]):
                return self.last - pressed
        return float("nan")

    def echo(self, seconds):
        """The longest that a key waited, pressed again and again."""
        longest, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            self.calm(0.02, 0.2)
            pressed = time.monotonic()
            self.type("JK"[self.turn])
            self.turn = 1 - self.turn
            if self.take(5):
                longest = max(longest, self.last - pressed)
        return longest

    def memory(self):
        status = open("/proc/%d/status" % self.pid).read()
        found = {k: int(v) / 1024 for k, v in re.findall(r"(VmHWM|RssAnon|RssFile):\s+(\d+)", status)}
        return found

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                if not self.take(0.2) and os.waitpid(self.pid, os.WNOHANG)[0]:
                    return
            except OSError:
                os.waitpid(self.pid, 0)
                return
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def review(folder, n):
    if os.environ.get("COLD"):
        subprocess.run(["sync"])
    for attempt in range(2):
        r = Review(folder)
        at = r.wait_picture(60)
        note(n, "open to first photo%s" % ("" if attempt else ", first time"), at - r.began, "s")
        if attempt == 0:
            r.calm(0.5, 5)
            r.close()
    note(n, "longest wait of a key, opening", r.echo(10) * 1000, "ms")
    for text in [":order " + o for o in ORDERS] + [":filter " + f for f in FILTERS] + [":goto p%07d" % (n - 3), "/p%07d" %
                                                                                       (n // 2 + 1)]:
        seconds, computed, same = r.line(text, 10)
        what = re.sub(r"\d{7}", "...", text)
        note(n, what, seconds * 1000, "ms")
        note(n, what + ", cpu" + (" (same photo)" if same else ""), computed * 1000, "ms")
        note(n, what + ", keys then", r.echo(2) * 1000, "ms")
    r.calm(0.3)
    note(n, "picker", r.key("\r", rb"top\d") * 1000, "ms")
    r.calm(0.3)
    r.type("\033")
    r.calm(0.6)
    note(n, "a key after an answer", r.key("a", rb"\033P[^\033]*\033\\") * 1000, "ms")
    note(n, "an answer, keys then", r.echo(10) * 1000, "ms")
    note(n, "report", r.key("r", rb"(hP|score|accepted)[^\n]*\d") * 1000, "ms")
    r.calm(1.5, 20)
    for name, mb in r.memory().items():
        note(n, "review " + name, mb, "MB")
    r.close()


def measure(n):
    folder = "%s/scale-%d" % (base, n)
    fresh = not os.path.isdir(folder + "/photos")
    if fresh:
        os.makedirs(folder)
        run(folder, n, "(make photos)", scale, "photos", "photos", str(n))
        run(folder, n, "(make labels)", scale, "labels", "labels.csv", "photos", str(n))
    if not os.environ.get("ONLY"):
        shutil.rmtree(folder + "/.tend", ignore_errors=True)
        seconds = run(folder, n, "init", tend, "init", "photos")
        note(n, "init photos/s", n / seconds, "/s")
        run(folder, n, "import", tend, "import", "labels.csv")
        run(folder, n, "(fill)", scale, "fill", ".", width)
        run(folder, n, "export", tend, "export", "--out", "out.csv")
        run(folder, n, "report", tend, "report", "--json")
    review(folder, n)


for n in sizes:
    measure(n)
print("\n%-34s" % "" + "".join("%12d" % n for n in sizes) + "".join("%8s" % ("x" + str(b // a)) for a, b in
                                                                  zip(sizes, sizes[1:])))
for (what, unit), by in results.items():
    row = [by.get(n, float("nan")) for n in sizes]
    print("%-30s %-3s" % (what, unit) + "".join("%12.1f" % v if v >= 10 else "%12.2f" % v for v in row) +
          "".join("%8.1f" % (b / a if a else 0) for a, b in zip(row, row[1:])))
