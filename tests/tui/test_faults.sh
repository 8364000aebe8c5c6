#!/bin/sh
# Every call that writes, syncs, renames, opens for writing, cuts, makes a folder or closes a written file fails once,
# at every place in turn, in every command that writes: with EIO, or with ENOSPC from there on, as on a full disk. After
# each: an error says what and where, or the result is whole; nothing half written is left, under its own name or a
# temporary one; the database is whole and holds what it held; the same command then succeeds.
#   sh tests/tui/test_faults.sh BUILD [EVERY [SEED [COMMAND...]]]
# EVERY: each so many-th place (90, for `make test`; 1 is every place, which takes half an hour and more).
set -u
build=$(cd "$1" && pwd) every=${2:-90} seed=${3:-1}
[ $# -gt 3 ] && shift 3 && chosen=$* || chosen=
tend=${TEND:-$build/tend} faults=$build/tests/tui/faults
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
skip() {
    echo "SKIP faults: $1"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}
command -v sqlite3 >/dev/null || skip "sqlite3 is not installed"
export LC_ALL=C.UTF-8 XDG_CONFIG_HOME="$work/config"
project=$work/p
"$faults" "$work" true || skip "no command can be traced here"

mkdir -p "$project/pictures"
for i in $(seq 18); do
    LC_ALL=C awk -v s="$i" 'BEGIN { srand(s); k = s % 4; printf "P6\n24 24\n255\n"
        for (i = 0; i < 576; i++) printf "%c%c%c", (k % 2 ? 100 : 20) + rand() * 20,
            (k > 1 ? 100 : 20) + rand() * 20, 20 + rand() * 20 }' >"$project/pictures/$i.ppm"
done
awk 'BEGIN { print "photo,label1,label2,split"
    split("red green blue yellow", name, " ")
    for (i = 1; i <= 10; i++) {
        k = i % 4
        printf "pictures/%d.ppm,%s,%s,%s\n", i, (k > 1 ? "cold" : "warm"), name[k + 1], (i % 5 ? "" : "val")
    } }' >"$project/labels.csv"
echo 'idle a idle dump a idle dump 1 idle dump x idle dump u idle dump Q' >"$project/keys"

passed=0 failed=0 places=0 harmless=0
fail() {
    failed=$((failed + 1)) good=0
    echo "FAIL $name, call $n ($mode): $(cut -d ' ' -f 2- "$work/log"): $*"
    [ -s "$work/err" ] && sed 's/^/    /' "$work/err" | tail -n 5
}
sql() { sqlite3 -cmd '.timeout 5000' "$project/.tend/project.db" "$1" 2>&1; }
events() { sql "SELECT id, photo, kind FROM event WHERE id <= $1 ORDER BY id" | cksum; }
# What there is, without what differs from run to run
result() {
    sql "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM photo), (SELECT count(*) FROM node),
        (SELECT count(*) FROM prediction), (SELECT count(*) FROM model), (SELECT group_concat(name || value) FROM
        (SELECT * FROM setting WHERE name <> 'id' AND name NOT LIKE 'project%' ORDER BY name))" | sed 's/[0-9a-f]\{16,\}//g'
    for file in out.csv pred.csv; do
        [ -f "$project/$file" ] && cksum <"$project/$file"
    done
    [ -f "$project/report.html" ] && tail -n 1 "$project/report.html"
    (cd "$project" && find .tend/models links -type f -o -type l 2>/dev/null | sort)
}
begin() {
    rm -rf "$project" "$work/screen"
    cp -a "$work/before" "$project"
}
reviewed() { # what the screens said was taken is in the store
    shown=$(sed -n 's/.*[^0-9]\([0-9][0-9]*\) \(reviewed \)*today.*/\1/p' "$work/screen" 2>/dev/null | tail -n 1)
    stored=$(sql "SELECT coalesce(sum(reviews), 0) FROM step JOIN person p ON p.id=who WHERE state IN (0, 3) AND name='anna'")
    [ "${shown:-0}" -le "$stored" ] || fail "the screen said $shown reviewed, the store has $stored"
}
check() {
    [ "$status" -lt 125 ] || fail "ended with status $status"
    grep -qE 'Sanitizer|runtime error|[Aa]ssert' "$work/err" && fail "not an error of the program's own"
    if [ -f "$project/.tend/project.db" ]; then
        whole=$(sql "PRAGMA integrity_check")
        [ "$whole" = ok ] || fail "the database: $whole"
        [ "$(events "$last")" = "$known" ] || fail "events are gone"
    elif [ "$last" -gt 0 ]; then
        fail "the database is gone"
    fi
    left=$(cd "$project" && find . -name '*.tmp' -o -name '.tend.new' -o -name '.tend-*' -o -name '.*.tmp')
    [ -z "$left" ] || fail "left behind: $left"
    now=$(result)
    if [ "$name" = review ]; then
        reviewed
        [ "$status" -ne 0 ] || [ "$now" = "$after" ] ||
            grep -qaE 'not saved|could not|cannot' "$work/screen" || fail "nothing was said: $now"
    elif [ "$status" -eq 0 ]; then
        harmless=$((harmless + 1))
        [ "$now" = "$after" ] || fail "no error, and the result is not whole: $now"
    else
        [ "$(grep -c '^tend: ' "$work/err")" -eq 1 ] || fail "not one sentence of the program's"
        grep -E '^tend: ' "$work/err" | grep -qE 'No space|full|Input/output|failed|could not|cannot' ||
            fail "does not say why"
        for file in out.csv pred.csv; do
            [ ! -f "$project/$file" ] || [ "$(cksum <"$project/$file")" = "$(cksum <"$work/after.$file")" ] ||
                fail "$file is in part"
        done
    fi
}
again() { # the same command, without faults
    if [ "$name" = review ] || [ "$now" = "$after" ]; then return; fi
    (cd "$project" && "$tend" "$@") >"$work/out" 2>"$work/err" </dev/null ||
        fail "fails again without faults"
    now=$(result)
    [ "$now" = "$after" ] || fail "run again the result is not whole: $now"
}
# place COMMAND...: call n fails
place() {
    begin
    (cd "$project" && "$faults" -n "$n" $flags -l "$work/log" "$project" "$tend" "$@") >"$work/out" 2>"$work/err" </dev/null
    status=$? good=1
    places=$((places + 1))
    check
    again "$@"
    [ "$good" -eq 1 ] && passed=$((passed + 1))
}
# each NAME COMMAND...: all places of a command, then it is done
each() {
    name=$1
    shift
    rm -rf "$work/before"
    cp -a "$project" "$work/before"
    last=0 known=
    [ -f "$project/.tend/project.db" ] && last=$(sql "SELECT coalesce(max(id), 0) FROM event")
    known=$(events "$last")
    (cd "$project" && "$faults" -l "$work/log" "$project" "$tend" "$@") >"$work/out" 2>"$work/err" </dev/null || {
        n=0 mode=none
        fail "fails without faults"
    }
    calls=$(cut -d ' ' -f 1 "$work/log") n=$((1 + seed % every)) places=0 harmless=0
    after=$(result)
    for file in out.csv pred.csv; do
        cp "$project/$file" "$work/after.$file" 2>/dev/null
    done
    rm -rf "$work/after"
    cp -a "$project" "$work/after"
    case " ${chosen:-$name} " in *" $name "*) ;; *) return ;; esac
    while [ "$n" -le "$calls" ]; do
        mode=EIO flags="-e EIO"
        { [ "$every" -eq 1 ] || [ $(((n + seed) % 2)) -eq 0 ]; } && place "$@"
        mode="ENOSPC from there on" flags="-e ENOSPC -k"
        { [ "$every" -eq 1 ] || [ $(((n + seed) % 2)) -eq 1 ]; } && place "$@"
        n=$((n + every))
    done
    rm -rf "$project"
    mv "$work/after" "$project"
    echo "$name: $calls calls, $places faults, $harmless of them harmless"
}
each init init pictures
each import import labels.csv
each predict predict --out pred.csv --threads 1
each train train --depth head --threads 1
each export export --format csv --out out.csv
each folders export --format folders --out links
each report report --html report.html
each set set blind.percent 10
each models models add .tend/models/0001
each review review --script keys --dump "$work/screen" --user anna --threads 1
each undo undo --user anna
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
