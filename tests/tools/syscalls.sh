#!/bin/sh
# A whole round of work under strace: photos in, predicted, reviewed by a script and on a terminal, trained, reported,
# exported. Then the trace is read (syscalls.awk): nothing is opened for writing but in .tend and where it was asked
# for, no network, no other program, nothing renamed before it is on the disk, no rename without an fsync of its
# folder; and the bytes of every write but those to the terminal are searched for those of the photos. These have one
# colour each, which stays as it is when a photo is made smaller: as bytes in any order or as floats, whichever way
# the network wants them. Exit status 0, 1, or 77 where strace or script are missing.
#   sh tests/tools/syscalls.sh TEND [short]
set -u
tend=$(realpath "$1") short=${2:-}
tools=$(cd "$(dirname "$0")" && pwd)
for tool in strace script; do
    command -v $tool >/dev/null || { echo "$tool is not installed"; exit 77; }
done
strace -o /dev/null true 2>/dev/null || { echo "strace may not trace here"; exit 77; }
work=$(realpath "$(mktemp -d)")
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 XDG_CONFIG_HOME="$work/config" TERM=xterm-256color
mkdir -p "$work/project/photos" "$work/out"
cd "$work/project" || exit 1

# ---- photos: nine colours that occur nowhere else
set -- 200 61 155 171 227 94 137 52 201 83 190 233 229 141 38 97 167 214 186 78 112 147 239 166 218 99 179
colours=$*
i=0
echo "photo,label1,label2,split" >labels.csv
while [ $# -gt 0 ]; do
    for size in 40 47 56 64; do
        i=$((i + 1))
        LC_ALL=C awk -v r="$1" -v g="$2" -v b="$3" -v n=$size 'BEGIN {
            printf "P6\n%d %d\n255\n", n, n
            for (i = 0; i < n * n; i++) printf "%c%c%c", r, g, b }' >photos/$i.ppm
        [ $size -lt 64 ] && echo "photos/$i.ppm,side $(($# % 2)),colour $#,$([ $size -eq 47 ] && echo val)$([ $size -eq 56 ] && echo test)" >>labels.csv
    done
    shift 3
done

# ---- what would be theirs: bytes as strace writes them, and as they are
# shellcheck disable=SC2086
awk -v colours="$colours" '
function hex(byte) { return sprintf("\\\\x%02x", byte) }
function four(text) { return text text text text }
# The upper three bytes of a float, thrice with any lowest byte between.
function float(value,   sign, power, m, text) {
    sign = value < 0 ? 128 : 0
    if (sign) value = -value
    power = 127
    while (value >= 2) { value /= 2; power++ }
    while (value < 1) { value *= 2; power-- }
    m = int((value - 1) * 8388608 + 0.5)
    text = hex(int(m / 256) % 256) hex(int(m / 65536) % 128 + 128 * (power % 2)) hex(sign + int(power / 2))
    return text "...." text "...." text
}
BEGIN {
    n = split(colours, c, " ")
    split("0.485 0.456 0.406", mean, " ")
    split("0.229 0.224 0.225", deviation, " ")
    for (i = 1; i < n; i += 3) {
        print four(hex(c[i]) hex(c[i + 1]) hex(c[i + 2]))
        print four(hex(c[i + 2]) hex(c[i + 1]) hex(c[i]))
        print four(hex(c[i]) hex(c[i + 1]) hex(c[i + 2]) "\\\\x(ff|00)")
        for (k = 0; k < 3; k++) {
            v = c[i + k] / 255
            print four(four(hex(c[i + k]))) # a plane
            print float(v)
            print float(c[i + k])
            print float((v - 0.5) / 0.5)
            print float((v - mean[k + 1]) / deviation[k + 1])
        }
    }
    # and how files of pictures and pictures of terminals begin
    print ", \"P6|, \"\\\\x50\\\\x36\\\\x0a"
    print ", \"\\\\xff\\\\xd8\\\\xff"
    print "\\\\x89\\\\x50\\\\x4e\\\\x47\\\\x0d\\\\x0a"
    print "GIF8[79]a|\\\\x47\\\\x49\\\\x46\\\\x38\\\\x3[79]\\\\x61"
    print "\\\\x1b\\\\x50(\\\\x3[0-9b])*\\\\x71"
    print "\\\\x1b\\\\x5f\\\\x47\\\\x[67].\\\\x3d"
}' >"$work/needles"

# ---- the round
bad=0
say_bad() {
    echo "BAD $*"
    bad=$((bad + 1))
}
strace_to() { # PART: options of strace for this part
    echo "-f -y -x -s 33554432 --seccomp-bpf -o $work/trace.$1
        -e trace=%file,%network,write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,splice,fsync,fdatasync,mmap
        -e signal=none"
}
parts=
traced() { # PART WORDS...: tend with these words
    part=$1
    shift
    parts="$parts $part"
    # shellcheck disable=SC2046
    strace $(strace_to "$part") "$tend" "$@" >"$work/said.$part" 2>&1 </dev/null ||
        say_bad "tend $* failed: $(tail -n 2 "$work/said.$part")"
}
# On a terminal: waits for the first picture, then types.
wait_for_picture() {
    for _ in $(seq 300); do
        LC_ALL=C grep -qaE "$(printf '\033P')[0-9;]*q" "$work/typescript" 2>/dev/null && return
        kill -0 $child 2>/dev/null || break
        sleep 0.2
    done
}
on_terminal() {
    parts="$parts terminal"
    mkfifo "$work/keys"
    # shellcheck disable=SC2046
    script -qfc "stty rows 40 cols 120; exec strace $(strace_to terminal | tr '\n' ' ') '$tend' review --graphics sixel --filter all" \
        "$work/typescript" <"$work/keys" >/dev/null 2>&1 &
    child=$!
    exec 3>"$work/keys"
    wait_for_picture
    for key in a J 2 a Q; do
        printf '%s' $key >&3
        sleep 1
    done
    exec 3>&-
    wait $child
}

traced init init photos
traced import import labels.csv
traced predict predict --out "$work/out/predicted.csv"
traced train train --depth head --epochs 1
printf 'a\nJ\nj\na\nx\nu\n2\ng\nq\nQ\n' >"$work/script"
traced review review --filter all --script "$work/script" --dump "$work/out/screens"
on_terminal
traced html report --html "$work/out/report.html"
traced export export --out "$work/out/labels.csv"
traced json export --format labelstudio --out "$work/out/tasks.json"
if [ "$short" != short ]; then
    traced blocks train --depth blocks --epochs 1 --size 64
    traced full train --depth full --epochs 1 --size 64
    traced predict2 predict --out "$work/out/predicted.csv"
    traced undo undo
    traced redo redo
    traced rescan rescan --add
    traced add models add .tend/models/0001
    traced submit submit --out "$work/out/submit.csv"
    traced distill distill photos --teacher .tend/models/0001 --out "$work/out/as-distilled" --arch mobilenetv2_010 \
        --size 32 --epochs 1
    traced tree tree add 'side 0 > other'
    traced score score --split all
    traced compare models compare 1 2
    traced report report
    traced simulate simulate --batch 9 --seeds 1 --out "$work/out/simulated.csv"
    traced suspects suspects --out "$work/out/suspects.csv"
    traced set set blind.percent 5
    traced doctor doctor --privacy
    for format in $("$tend" help bash | awk -F '\t' '$1 == "export" && $2 == "--format" { print $4 }'); do
        [ "$format" = ids ] && continue # these labels have none
        traced "as-$format" export --format "$format" --out "$work/out/as-$format"
    done
    traced again import "$work/out/as-csv" --format csv
    traced remove models rm 2
fi

# ---- what the trace tells
allowed="$work/project/.tend $work/project/.tend.new $work/out/screens"
for part in $parts; do
    allowed="$allowed $work/said.$part"
done
for file in predicted.csv report.html labels.csv tasks.json simulated.csv suspects.csv submit.csv; do
    allowed="$allowed $work/out/$file"
done
for file in "$work"/out/as-*; do
    allowed="$allowed $file"
done
# Writes of a part, but those to the terminal, that hold bytes of a photo; cut.
photos_in() { # PART
    LC_ALL=C grep -E '^[0-9]+ +p?write' "$work/trace.$1" | grep -avE '^[0-9]+ +write\([0-9]+</dev/(pts/|tty)' |
        LC_ALL=C grep -aE -f "$work/needles" | cut -c 1-160
}
for part in $parts; do
    LC_ALL=C awk -v allowed="$allowed" -v program="$tend" -v cwd="$work/project" -f "$tools/syscalls.awk" \
        "$work/trace.$part" >"$work/read" || bad=$((bad + 1))
    sed "s/^/$part: /" "$work/read"
    photos_in "$part" >"$work/found"
    [ -s "$work/found" ] && say_bad "$part: bytes of a photo are written: $(head -n 3 "$work/found")"
done
# Would it be seen? A photo that is copied, and one that is shown.
# shellcheck disable=SC2046
strace $(strace_to copied) dd if=photos/1.ppm of="$work/copied.ppm" status=none
photos_in copied | grep -q . || say_bad "the copy of a photo is not seen"
LC_ALL=C grep -qE '^[0-9]+ +write\([0-9]+</dev/pts/[0-9]+>, "[^"]*\\x1b\\x50(\\x3[0-9b])*\\x71' "$work/trace.terminal" ||
    say_bad "no picture went to the terminal: the trace sees nothing"

# ---- what lies there afterwards
find . "$work/out" -type f ! -path './photos/*' >"$work/files"
# shellcheck disable=SC2086
set -- $colours
while [ $# -gt 0 ]; do
    pixel=$(printf "\\\\x%02x\\\\x%02x\\\\x%02x" "$1" "$2" "$3")
    xargs env LC_ALL=C grep -laP "($pixel){4}" <"$work/files" >"$work/found" && say_bad "pixels lie in $(cat "$work/found")"
    shift 3
done
LC_ALL=C grep -laE 'data:image|base64,' "$work"/out/* 2>/dev/null | grep . && say_bad "pictures lie in an output"
"$tend" doctor --privacy | grep 'not made by tend' && say_bad "files that doctor does not know"
[ "$bad" -eq 0 ]
