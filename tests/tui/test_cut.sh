#!/bin/sh
# The power goes at many moments of an import, a scripted review, a training and a model added; writes since the last
# fsync of each file are lost or come in any order. Whatever is left on the disk: the project opens, the database is whole and
# holds the first so many of the events, with every answer that a screen had shown as taken, and each model predicts.
#   sh tests/tui/test_cut.sh BUILD [CUTS [SEED [COMMAND...]]]      CUTS for each of the commands (3; 100 at length)
set -u
build=$(cd "$1" && pwd) cuts=${2:-3} seed=${3:-1}
[ $# -gt 3 ] && shift 3 && chosen=$* || chosen=
tend=${TEND:-$build/tend} work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
skip() {
    echo "SKIP cut: $1"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}
command -v sqlite3 >/dev/null || skip "sqlite3 is not installed"
"$build/tests/tui/faults" "$work" true || skip "no command can be traced here"
export OPENBLAS_NUM_THREADS=1 LC_ALL=C.UTF-8 XDG_CONFIG_HOME="$work/config" work tend
project=$work/p
mkdir -p "$project/pictures"
for i in $(seq 18); do
    LC_ALL=C awk -v s="$i" 'BEGIN { srand(s); k = s % 4; printf "P6\n24 24\n255\n"
        for (i = 0; i < 576; i++) printf "%c%c%c", (k % 2 ? 100 : 20) + rand() * 20,
            (k > 1 ? 100 : 20) + rand() * 20, 20 + rand() * 20 }' >"$project/pictures/$i.ppm"
done
awk 'BEGIN { print "photo,label1,label2,split"
    split("red green blue yellow", name, " ")
    for (i = 1; i <= 10; i++)
        printf "pictures/%d.ppm,%s,%s,%s\n", i, (i % 4 > 1 ? "cold" : "warm"), name[i % 4 + 1], (i % 5 ? "" : "val")
    }' >"$project/labels.csv"
# A path that was chosen is taken even where the prediction has just become another one.
echo 'idle j k a idle dump j k a idle dump j a idle dump x idle dump s idle dump f idle j k a idle dump Q' >"$project/keys"

# What the database in $1 has, a line each: whole?, answers, models, the number of its events and which they are.
cat >"$work/ask" <<'END'
sqlite3 -cmd '.timeout 5000' "$1/.tend/project.db" 2>&1 <<SQL
PRAGMA integrity_check;
SELECT coalesce(sum(reviews), 0) FROM step JOIN person p ON p.id=who WHERE state IN (0, 3) AND name='anna';
SELECT coalesce(group_concat(printf('%04d', number), ' '), '') FROM model WHERE removed=0;
SELECT coalesce(max(id), 0) FROM event;
SELECT coalesce(group_concat(id || ' ' || photo || ' ' || kind || ' ' || who), '') FROM (SELECT * FROM event ORDER BY id);
SQL
END
# The state in $1, the screen having said that $2 are reviewed. Models that were there before are looked at, too.
cat >"$work/check" <<'END'
bad() { echo "    $*"; exit 1; }
cd "$1" || bad "no folder"
[ -d .tend ] || { [ "$begun" = init ] && "$tend" init pictures >"$work/said" 2>&1 || bad "no project, and init says: $(cat "$work/said")"; exit 0; }
"$tend" review </dev/null >"$work/said" 2>&1 || bad "does not open: $(cat "$work/said")"
. "$work/ask" >"$work/is"
{ read -r whole && read -r stored && read -r models && read -r last && read -r events; } <"$work/is" || bad "the database: $(cat "$work/is")"
[ "$whole" = ok ] || bad "the database: $(cat "$work/is")"
[ "$last" -ge "$first" ] || bad "$last events, there were $first"
case "$all," in "$events,"*) ;; *) [ -z "$events" ] || bad "other events" ;; esac
[ "${2:-0}" -le "$stored" ] || bad "the screen said $2 reviewed, the store has $stored"
for model in $models; do
    for file in model.safetensors config.json; do
        cmp -s ".tend/models/$model/$file" "$work/after/.tend/models/$model/$file" || bad "model $model is not as it was written"
    done
done
[ "$last" -eq 0 ] || "$tend" predict --out p.csv --threads 1 --split val >"$work/said" 2>&1 || bad "does not predict: $(cat "$work/said")"
END

passed=0 failed=0
# power NAME COMMAND...: cut while it is under way
power() {
    name=$1 begun=$1
    shift
    rm -rf "$work/before" "$work/after"
    cp -a "$project" "$work/before"
    first=0
    [ -f "$project/.tend/project.db" ] && first=$(sh "$work/ask" "$project" | sed -n 4p)
    (cd "$project" && "$build/tests/tui/faults" -t "$work/trace" -a "$work/screen" "$project" "$tend" "$@") >"$work/out" 2>&1 </dev/null || {
        failed=$((failed + 1))
        cat "$work/out"
    }
    cp -a "$project" "$work/after"
    case " ${chosen:-$name} " in *" $name "*) ;; *) return ;; esac
    all=$(sh "$work/ask" "$work/after" | sed -n 5p)
    export first begun all
    "$build/tests/tui/cut" -n "$cuts" -s "$seed" "$work/trace" "$work/before" "$project" "$work/cut" "sh $work/check" >"$work/said.cut"
    lost=$?
    sed "s/^/$name: /" "$work/said.cut"
    made=$(sed -n 's/^\([0-9]*\) cuts in .*/\1/p' "$work/said.cut")
    failed=$((failed + lost)) passed=$((passed + ${made:-0} - lost))
}
power init init pictures
power import import labels.csv
power train train --depth head --threads 1
power review review --script keys --dump "$work/screen" --user anna --threads 1
power add models add .tend/models/0001
power set set blind.percent 10
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
