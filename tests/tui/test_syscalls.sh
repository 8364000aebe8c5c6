#!/bin/sh
# What tend asks of the system in a short round of work (tests/tools/syscalls.sh), and that the reader of the trace
# finds what it is there for.
#   sh tests/tui/test_syscalls.sh BUILD
set -u
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$source/tests/check.sh"

# reads WHAT: of the trace on the standard input, the first thing that is bad
reads() {
    awk -v allowed="/p/.tend /out/a.csv" -v program=/bin/tend -v cwd=/p -f "$source/tests/tools/syscalls.awk" >"$work/read"
    said=$(sed -n 's/^BAD //p' "$work/read" | head -n 1)
    if [ "$said" = "$1" ]; then ok; else fail "the trace is read as '$said', not '$1'"; fi
}
reads "" <<'TRACE'
1 execve("/bin/tend", ["tend"], 0x7 /* 9 vars */) = 0
1 openat(AT_FDCWD</p>, "photos/1.ppm", O_RDONLY|O_CLOEXEC) = 3</p/photos/1.ppm>
1 openat(AT_FDCWD</p>, ".tend/project.db", O_RDWR|O_CREAT, 0644) = 3</p/.tend/project.db>
1 openat(AT_FDCWD</p>, "/out/.tend-9-0.tmp", O_WRONLY|O_CREAT|O_EXCL, 0666 <unfinished ...>
2 pwrite64(5</p/.tend/project.db-wal>, "x", 1, 0) = 1
1 <... openat resumed>) = 4</out/.tend-9-0.tmp>
1 write(4</out/.tend-9-0.tmp>, "x", 1) = 1
1 write(1</dev/pts/3>, "\x1b\x50", 2) = 2
1 fsync(4</out/.tend-9-0.tmp>) = 0
1 rename("/out/.tend-9-0.tmp", "/out/a.csv") = 0
1 fsync(4</out>) = 0
1 mmap(NULL, 9, PROT_READ|PROT_WRITE, MAP_SHARED, 7</memfd:photo>(deleted), 0) = 0x7
TRACE
reads "opened for writing: /out/b.csv" <<'TRACE'
1 openat(AT_FDCWD</p>, "/out/b.csv", O_WRONLY|O_CREAT, 0644) = 3</out/b.csv>
TRACE
reads "opened for writing: /out/b.csv" <<'TRACE'
1 openat(AT_FDCWD</p>, ".tend/../../out/b.csv", O_RDWR) = -1 ENOENT
TRACE
reads "mkdir: /p/.tender" <<'TRACE'
1 mkdir(".tender", 0777) = 0
TRACE
reads "written: /p/photos/1.ppm" <<'TRACE'
1 write(3</p/photos/1.ppm>, "x", 1) = 1
TRACE
reads 'network: connect(3<socket:[9]>, {sa_family=AF_UNIX, sun_path="/tmp/.X11-unix/X0"}, 20)' <<'TRACE'
1 socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, 0) = 3<socket:[9]>
1 connect(3<socket:[9]>, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT (No such file or directory)
1 connect(3<socket:[9]>, {sa_family=AF_UNIX, sun_path="/tmp/.X11-unix/X0"}, 20) = 0
TRACE
reads "network: socket(AF_INET, SOCK_STREAM, IPPROTO_IP)" <<'TRACE'
1 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
TRACE
reads "started: /bin/sh" <<'TRACE'
1 execve("/bin/sh", ["sh"], 0x7 /* 9 vars */) = 0
TRACE
reads "mapped for writing: /out/a.csv" <<'TRACE'
1 mmap(NULL, 9, PROT_READ|PROT_WRITE, MAP_SHARED, 7</out/a.csv>, 0) = 0x7
TRACE
reads "renamed before it was on the disk: /p/.tend/models/.1.tmp/config.json to /p/.tend/models/1" <<'TRACE'
1 write(3</p/.tend/models/.1.tmp/config.json>, "x", 1) = 1
1 rename("/p/.tend/models/.1.tmp", "/p/.tend/models/1") = 0
1 fsync(4</p/.tend/models>) = 0
TRACE
reads "a rename is not on the disk, its folder has no fsync: /p/.tend/b" <<'TRACE'
1 write(3</p/.tend/a>, "x", 1) = 1
1 fsync(3</p/.tend/a>) = 0
1 fsync(4</p/.tend>) = 0
1 rename("/p/.tend/a", "/p/.tend/b") = 0
TRACE
reads "drawn before an answer was on the disk" <<'TRACE'
1 pwrite64(5</p/.tend/project.db-wal>, "x", 1, 0) = 1
1 write(1</dev/pts/3>, "next photo", 10) = 10
1 fdatasync(5</p/.tend/project.db-wal>) = 0
TRACE

sh "$source/tests/tools/syscalls.sh" "$build/tend" short >"$work/log" 2>&1
status=$?
case $status in
0) ok ;;
77) skip "system calls: $(tail -n 1 "$work/log")" ;;
*)
    grep -v ' calls: ' "$work/log" | cut -c 1-200 | tail -n 40
    fail "system calls of a round of work"
    ;;
esac
finish
