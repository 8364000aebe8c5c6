#!/usr/bin/env python3
"""Seconds from `make demo` to the first picture and to the first prediction, in a terminal that says it has sixel:
the first time (the sample library is made; what was reviewed in it is forgotten) and again. Everything is built before.

    tests/bench/first_picture.py          in the project's folder"""
import fcntl, os, pty, re, select, signal, struct, subprocess, termios, time


def demo(what, most=120):
    began = time.monotonic()
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execvp("make", ["make", "demo"])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 1200, 800))
    seen, picture, prediction = b"", None, None
    while (picture is None or prediction is None) and time.monotonic() < began + most:
        if not select.select([fd], [], [], 0.5)[0]:
            continue
        try:
            data = os.read(fd, 1 << 16)
        except OSError:
            break
        if b"\033[c" in data:
            os.write(fd, b"\033[6;20;10t\033[?62;4;22c")
        seen += data
        now = time.monotonic() - began
        if picture is None and re.search(rb"\033P[^\033]*\033\\", seen):
            picture = now
        if prediction is None and re.search(rb"\d+ %", seen):
            prediction = now
    print("%-10s first picture %s s, first prediction %s s" %
          (what, *("%.2f" % s if s else "never" for s in (picture, prediction))), flush=True)
    os.kill(pid, signal.SIGHUP)
    os.close(fd)
    os.waitpid(pid, 0)


subprocess.run(["make", "-s", "build", "build/emoji", "demo-reset"], check=True, stdout=subprocess.DEVNULL)
demo("first time")
for _ in range(3):
    demo("again")
