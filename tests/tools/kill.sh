#!/bin/sh
# Two people review one project, one of them trains, and both are killed (kill -9) at random moments, again and
# again. Afterwards every answer that a screen showed as taken ("12 reviewed today" is drawn with the photo that
# comes next) must be in the store, what was stored before must be as it was, the database must be whole, the project
# must open, and at the end every model must predict. Needs tmux and sqlite3 (exit status 77 without them); the project is made of generated pictures.
#   sh tests/tools/kill.sh TEND [KILLS [PHOTOS [SEED [TRAININGS]]]]
# TRAININGS: kills of a training alone (a fifth of KILLS)
set -u
tend=$(realpath "$1") kills=${2:-500} photos=${3:-400} seed=${4:-1} trainings=${5:-$((${2:-500} / 5))}
for tool in tmux sqlite3; do
    command -v $tool >/dev/null || { echo "$tool is not installed"; exit 77; }
done
work=$(mktemp -d)
name=tend-kill-$$
export LC_ALL=C.UTF-8 XDG_CONFIG_HOME="$work/config"
t() { tmux -L "$name" -f /dev/null "$@"; }
trap 't kill-server 2>/dev/null; rm -rf "$work"' EXIT

make_project() {
    mkdir -p "$work/project/pictures"
    cd "$work/project" || exit 1
    for i in $(seq "$photos"); do
        LC_ALL=C awk -v s="$i" 'BEGIN { srand(s); k = s % 4; printf "P6\n24 24\n255\n"
            for (i = 0; i < 576; i++) printf "%c%c%c", (k % 2 ? 100 : 20) + rand() * 20,
                (k > 1 ? 100 : 20) + rand() * 20, 20 + rand() * 20 }' >"pictures/$i.ppm"
    done
    awk -v n=$((photos / 4)) 'BEGIN { print "photo,label1,label2,split"
        split("red green blue yellow", name, " ")
        for (i = 1; i <= n; i++) {
            k = i % 4
            printf "pictures/%d.ppm,%s,%s,%s\n", i, (k > 1 ? "cold" : "warm"), name[k + 1], (i % 5 ? "" : "val")
        } }' >labels.csv
    "$tend" init pictures && "$tend" import labels.csv && "$tend" train --depth head
}
make_project >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
database=.tend/project.db

# Random numbers of the round: r N is one below N.
state=$seed
r() {
    state=$(((state * 1103515245 + 12345) % 2147483648))
    random=$(((state / 65536) % $1))
}
pause() { # milliseconds
    sleep "$(printf '0.%03d' "$1")"
}

start() { # WHO
    t "$([ "$1" = anna ] && echo new-session || echo new-window)" -d -n "$1" \
        "TERM=tmux-256color exec '$tend' review --graphics blocks --filter all --order random --user $1 --threads 1"
    [ "$1" = anna ] && t set-option -g remain-on-exit on >/dev/null
}
screen() { t capture-pane -p -t "$1"; }
wait_for() { # WHO: until it shows where the work stands
    for _ in $(seq 50); do
        screen "$1" | grep -q today && return
        pause 100
    done
}
type_to() { # WHO
    r 10
    t send-keys -t "$1" "$(echo a a a 1 2 h a J x s | cut -d ' ' -f $((random + 1)))"
}
kill_now() { # WHO
    pid=$(t display -p -t "$1" '#{pane_pid}')
    kill -9 "$pid" 2>/dev/null && killed=$((killed + 1))
    pause 50
    screen "$1" >"$work/$1.screen"
    grep -q 'Training [a-z]' "$work/$1.screen" && training=$((training + 1))
}

trap 'kills=0' INT TERM # tells of what was done by then
lost=0 bad=0 read=0 killed=0 round=0 training=0 answers=0
sql() { sqlite3 -cmd '.timeout 5000' "$database" "$1"; }
check_person() { # WHO
    shown=$(sed -n 's/.*[^0-9,]\([0-9,][0-9,]*\) \(reviewed \)*today.*/\1/p' "$work/$1.screen" | tr -d , | head -n 1)
    stored=$(sql "SELECT coalesce(sum(reviews), 0) FROM step JOIN person p ON p.id=who WHERE state IN (0, 3) AND name='$1'")
    [ -n "$shown" ] && read=$((read + 1))
    if [ -n "$shown" ] && [ "$shown" -gt "$stored" ]; then
        lost=$((lost + 1))
        echo "round $round: the screen of $1 said $shown reviewed, the store has $stored"
        cat "$work/$1.screen"
    fi
}
events() { sql "SELECT id, photo, kind, who, time, node_after FROM event WHERE id <= $1 ORDER BY id" | cksum; }
check_project() {
    whole=$(sql "PRAGMA integrity_check")
    [ "$whole" = ok ] || { bad=$((bad + 1)); echo "round $round: the database: $whole"; }
    [ "$(events "$last")" = "$known" ] || { lost=$((lost + 1)); echo "round $round: earlier events are not as they were"; }
    last=$(sql "SELECT coalesce(max(id), 0) FROM event")
    known=$(events "$last")
    "$tend" review </dev/null >"$work/opened" 2>&1 || {
        bad=$((bad + 1))
        echo "round $round: the project does not open"
        cat "$work/opened"
    }
}
last=$(sql "SELECT coalesce(max(id), 0) FROM event")
known=$(events "$last")
while [ "$killed" -lt "$kills" ]; do
    round=$((round + 1))
    start anna
    start ben
    r 10
    [ "$random" -gt 0 ] && wait_for ben # else in the middle of opening, perhaps
    if [ $((round % 3)) -eq 1 ]; then
        r 6
        t send-keys -t anna "$([ "$random" -eq 0 ] && echo T || echo t)"
    fi
    r 24
    for _ in $(seq "$random"); do
        r 2
        type_to "$([ "$random" -eq 0 ] && echo anna || echo ben)"
        r 160
        pause "$random"
    done
    r 2
    first=$([ "$random" -eq 0 ] && echo anna || echo ben)
    second=$([ "$first" = anna ] && echo ben || echo anna)
    kill_now "$first"
    r 4
    for _ in $(seq "$random"); do
        type_to "$second"
        r 90
        pause "$random"
    done
    kill_now "$second"
    t kill-server 2>/dev/null
    check_person anna
    check_person ben
    check_project
done
# In the review a training seldom comes to its end: here one is killed at any moment up to its last, when it saves.
saved=0 ended=0
most=0
[ "$kills" -eq 0 ] || kills=$trainings
while [ "$ended" -lt "$kills" ]; do
    if [ $most -eq 0 ]; then
        "$tend" train --depth head >"$work/opened" 2>&1 # the next ones know the features
        begun=$(date +%s%3N)
        "$tend" train --depth head >"$work/opened" 2>&1
        most=$((($(date +%s%3N) - begun) * 5 / 4))
    fi
    round=$((round + 1)) ended=$((ended + 1))
    "$tend" train --depth head >"$work/opened" 2>&1 &
    pid=$!
    r $((most + 1))
    sleep "$((random / 1000)).$(printf '%03d' $((random % 1000)))"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ $? -eq 137 ] || saved=$((saved + 1))
    check_project
done
answers=$(sql "SELECT count(*) FROM event WHERE kind IN (1, 2, 3, 9)")

models=0
for model in $(sql "SELECT number FROM model WHERE removed=0"); do
    models=$((models + 1))
    "$tend" predict --model "$model" --split val --out "$work/predicted.csv" >"$work/opened" 2>&1 &&
        [ "$(wc -l <"$work/predicted.csv")" -gt $((photos / 20)) ] && continue
    bad=$((bad + 1))
    echo "model $model does not predict"
    cat "$work/opened"
done
echo "$killed kills in $round rounds, $read screens read, $training of the kills in a training, $answers answers stored," \
    "$ended kills of a training alone ($saved were done before): $lost lost an answer; $bad of the checks of database, opening and $models models failed"
[ "$read" -gt 0 ] && [ "$lost" -eq 0 ] && [ "$bad" -eq 0 ]
