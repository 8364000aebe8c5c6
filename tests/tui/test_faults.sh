#!/bin/sh
# Every call that writes, syncs, renames, opens for writing, cuts, makes a folder or closes a written file fails once,
# at every place in turn, in every command that writes: with EIO, or with ENOSPC from there on, as on a full disk. After
# each: an error says what and where, or the result is whole; nothing half written is left, under its own name or a
# temporary one; the database is whole and holds what it held; the same command then succeeds.
#   sh tests/tui/test_faults.sh BUILD [EVERY [SEED [COMMAND...]]]
# EVERY: each so many-th place (1: every place, which takes a quarter of an hour); the errors take turns, and the next
# SEED exchanges them, but where one alone tells more. Without it, for `make test`, one place for each kind of call and file, in the first of the
# commands that has it, and one in each command.
set -u
build=$(cd "$1" && pwd) every=${2:-kinds} seed=${3:-1}
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
export OPENBLAS_NUM_THREADS=1 LC_ALL=C.UTF-8 XDG_CONFIG_HOME="$work/config"
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
# A path that was chosen is taken even where the prediction has just become another one.
echo 'idle j k a idle dump j k a idle dump j a idle dump x idle dump u idle dump Q' >"$project/keys"

: >"$work/kinds"
passed=0 failed=0 places=0 harmless=0
fail() {
    failed=$((failed + 1)) good=0
    echo "FAIL $name, call $n ($mode): $(cut -d ' ' -f 2- "$work/log"): $*"
    [ -s "$work/err" ] && sed 's/^/    /' "$work/err" | tail -n 5
}
# What there is: whole, events, reviewed; result is all, without what differs from run to run and what a training may
# fail to note (settled_N: then labels are learned twice). Few programs are run: here they cost more than what is tested.
state() {
    whole=ok events='' reviewed=0 rows=none files=
    if [ -f "$project/.tend/project.db" ]; then
        sqlite3 -cmd '.timeout 5000' "$project/.tend/project.db" >"$work/rows" 2>&1 <<END
PRAGMA integrity_check;
SELECT coalesce(sum(reviews), 0) FROM step JOIN person p ON p.id=who WHERE state IN (0, 3) AND name='anna';
SELECT coalesce(group_concat(id || ' ' || photo || ' ' || kind || ' ' || time || ' ' || coalesce(node_after, '')), '')
    FROM (SELECT * FROM event WHERE id <= $last ORDER BY id);
SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM node), (SELECT count(*) FROM prediction),
    (SELECT count(*) FROM model), (SELECT group_concat(CAST(path AS TEXT)) FROM (SELECT path FROM photo ORDER BY id)),
    (SELECT group_concat(name || value) FROM
    (SELECT * FROM setting WHERE name <> 'id' AND name NOT LIKE 'project%' AND name NOT LIKE 'settled%' ORDER BY name));
END
        { read -r whole && read -r reviewed && read -r events && read -r rows; } <"$work/rows"
    fi
    for file in "$project"/* "$project"/.[!.]* "$project"/.tend/* "$project"/.tend/.[!.]* "$project"/.tend/models/* \
        "$project"/.tend/models/.[!.]* "$project"/.tend/models/*/* "$project"/.tend/models/*/.[!.]* \
        "$project"/links/* "$project"/links/*/* "$project"/links/*/*/*; do
        case $file in
        *'*'* | */pictures | */cache | *.db* | */tend.log) ;;
        *) files="$files ${file#"$project"/}" ;;
        esac
    done
    result="$rows $files"
}
# Photos stay those they are.
begin() {
    set -- "$work/screen"
    for file in "$project"/* "$project"/.[!.]*; do
        [ "$file" = "$project/pictures" ] || set -- "$@" "$file"
    done
    rm -rf "$@"
    cp -a "$work/bare/." "$project"
}
reviewed() { # what the screens said was taken is in the store
    shown=$(sed -n 's/.*[^0-9]\([0-9][0-9]*\) \(reviewed \)*today.*/\1/p' "$work/screen" 2>/dev/null | tail -n 1)
    # An undo, the last key, of which the screen says that it failed: its fsync did, and what was written may stand.
    [ "${shown:-0}" -eq $((reviewed + 1)) ] && tail -n 4 "$work/screen" | grep -q 'not$\|not saved' && return
    [ "${shown:-0}" -le "$reviewed" ] || fail "the screen said $shown reviewed, the store has $reviewed"
}
same() {
    [ "$result" = "$result_whole" ] || return 1
    case $name in
    predict) cmp -s "$project/pred.csv" "$work/after/pred.csv" ;;
    export) cmp -s "$project/out.csv" "$work/after/out.csv" ;;
    esac
}
# What the command said: one sentence, and why.
read_errors() {
    sentences=0 why=0
    while IFS= read -r line; do
        case $line in *Sanitizer* | *"runtime error"* | *[Aa]ssert*) fail "not an error of the program's own" ;; esac
        case $line in
        "tend: "*) sentences=$((sentences + 1)) ;;
        *) continue ;;
        esac
        case $line in
        *"No space"* | *full* | *Input/output* | *failed* | *"could not"* | *cannot* | *"is read only"*) why=1 ;;
        esac
    done <"$work/err"
}
check() {
    [ "$status" -lt 125 ] || fail "ended with status $status"
    read_errors
    state
    if [ -f "$project/.tend/project.db" ]; then
        [ "$whole" = ok ] || fail "the database: $(cat "$work/rows")"
        [ "$events" = "$events_before" ] || fail "events are gone"
    elif [ "$last" -gt 0 ]; then
        fail "the database is gone"
    fi
    case $files in *.tmp* | *.tend.new* | *.tend-*) fail "left behind: $files" ;; esac
    if [ "$name" = review ]; then
        reviewed
        [ "$status" -ne 0 ] || same ||
            grep -qaE 'not saved|could not|cannot|once more|there is no path|not predicted' "$work/screen" ||
            fail "nothing was said: $result"
    elif [ "$status" -eq 0 ]; then
        harmless=$((harmless + 1))
        # What is only for speed, or said in the log; a database is brought in order by the next who opens it, and SQLite
        # keeps to itself that a folder of its files could not be synced.
        read -r _ call file <"$work/log"
        case "$call $file" in
        close\ * | fsync\ */.tend | fsync\ */.tend.new | *.db | *.db-* | */.tend/cache* | */tend.log) ;;
        *) fail "no error, though it failed" ;;
        esac
        same || fail "no error, and the result is not whole: $result"
    else
        [ "$sentences" -eq 1 ] || fail "not one sentence of the program's"
        [ "$why" -eq 1 ] || fail "does not say why"
        for file in out.csv pred.csv report.html; do
            [ ! -f "$project/$file" ] || cmp -s "$project/$file" "$work/after/$file" && continue
            [ "$file" = report.html ] && [ "$(tail -n 1 "$project/$file")" = "$(tail -n 1 "$work/after/$file")" ] ||
                fail "$file is in part"
        done
    fi
}
# The same command, without faults. Where all is as it was before, every fifth time is enough.
again() {
    if [ "$name" = review ] || same; then return; fi
    [ "$result" = "$result_before" ] && [ $((places % 5)) -ne 0 ] && return
    (cd "$project" && "$tend" "$@") >"$work/out" 2>"$work/err" </dev/null ||
        fail "fails again without faults"
    state
    same || fail "run again the result is not whole: $result"
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
# The places of this command that shall fail. Of a kind that no command had before: one of its calls.
# Each with how it shall fail: an fsync, rename or close alone (a disk that stays full would tell by the next call that
# this one was not looked at), else in turns.
choose() {
    awk -v seed="$seed" -v every="$every" -v any=$((1 + seed * 7919 % calls)) '
        function mode(n) { return n (call[n] ~ /^(fsync|rename|close)$/ || (n + seed) % 2 == 0 ? " EIO" : " ENOSPC") }
        FILENAME == ARGV[1] { before[$0] = 1; next }
        {
            call[FNR] = $1
            kind = $0
            gsub(/[0-9]+/, "N", kind)
            sub(/(project|leases)\.db(-[a-z]+)?( \(deleted\))?$/, "DATABASE", kind)
            sub(/\.tend\.new/, ".tend", kind)
            sub(/links\/.*/, "links/N", kind)
            at[kind] = at[kind] FNR " "
            count[kind]++
        }
        END {
            for (n = 1 + (every > 0 ? seed % every : 0); every != "kinds" && n <= FNR; n += every) print mode(n)
            for (kind in at)
                if (every == "kinds" && !(kind in before)) {
                    split(at[kind], places, " ")
                    print mode(places[1 + seed % count[kind]])
                    print kind >>ARGV[1]
                    some = 1
                }
            if (every == "kinds" && !some) print mode(any)
        }' "$work/kinds" "$work/calls" | sort -n >"$work/chosen"
}
# each NAME COMMAND...: all places of a command, then it is done
each() {
    name=$1
    shift
    rm -rf "$work/bare"
    mkdir "$work/bare"
    find "$project" -mindepth 1 -maxdepth 1 ! -name pictures -exec cp -a {} "$work/bare" \;
    last=1000000 n=0 mode=none
    state
    last=${events##*,} events_before=$events result_before=$result
    last=${last%% *}
    last=${last:-0}
    (cd "$project" && "$faults" -l "$work/log" -c "$work/calls" "$project" "$tend" "$@") >"$work/out" 2>"$work/err" </dev/null ||
        fail "fails without faults"
    read -r calls _ <"$work/log"
    state
    result_whole=$result places=0 harmless=0
    [ "$name" != review ] || [ "$reviewed" = 3 ] || fail "not every answer is taken: $(cat "$work/screen")"
    rm -rf "$work/after"
    cp -a "$project" "$work/after"
    case " ${chosen:-$name} " in *" $name "*) ;; *) return ;; esac
    choose
    while read -r n mode; do
        flags="-e $mode"
        [ "$mode" = EIO ] || mode="ENOSPC from there on" flags="-e ENOSPC -k"
        place "$@"
    done <"$work/chosen"
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
each set set mouse off
each models models add .tend/models/0001
mv "$project/pictures/18.ppm" "$project/pictures/moved.ppm"
mv "$project/pictures/17.ppm" "$project/pictures/18.ppm"
cp "$project/pictures/1.ppm" "$project/pictures/new.ppm"
rm -r "$project/links" # they would be taken in
each rescan rescan --add
(cd "$project" && "$tend" predict >/dev/null 2>&1)
each review review --script keys --dump "$work/screen" --user anna --threads 1
each undo undo --user anna
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
