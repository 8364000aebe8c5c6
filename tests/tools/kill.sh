#!/bin/sh
# Kills a review in the middle of reviewing and training, many times at random moments, and checks that every answer
# the screen showed as taken ("12 reviewed today") is in the store, and that the project opens. Needs tmux and a project
# with many photos and no reviews of an earlier day; the project is changed.
#   sh tests/tools/kill.sh TEND PROJECT [TIMES]
set -u
tend=$(realpath "$1") project=$2 times=${3:-50}
name=tend-kill-$$
t() { tmux -L "$name" -f /dev/null "$@"; }
trap 't kill-server 2>/dev/null' EXIT
cd "$project" || exit 1
bad=0 lost=0 seen=0 i=0
while [ "$i" -lt "$times" ]; do
    i=$((i + 1))
    t new-session -d -x 110 -y 32 "TERM=tmux-256color exec '$tend' review --graphics blocks"
    t set-option -g remain-on-exit on >/dev/null
    sleep 0.8
    [ $((i % 3)) -eq 0 ] && t send-keys t
    keys=$(awk -v s="$i" 'BEGIN { srand(s); n = 3 + int(rand() * 12); k = "aa1ah2a"
        for (j = 0; j < n; j++) printf "%s ", substr(k, 1 + int(rand() * length(k)), 1) }')
    for k in $keys; do
        t send-keys "$k"
        sleep "$(awk -v s="$i$k" 'BEGIN { srand(s); printf "%.3f", 0.02 + rand() * 0.25 }')"
    done
    pid=$(t display -p '#{pane_pid}')
    kill -9 "$pid" 2>/dev/null
    sleep 0.1
    shown=$(t capture-pane -p | sed -n 's/.*[^0-9,]\([0-9,][0-9,]*\) \(reviewed \)*today.*/\1/p' | tr -d , | head -n 1)
    t kill-server 2>/dev/null
    sleep 0.1
    stored=$("$tend" review </dev/null 2>/dev/null | sed -n 's/.*[^0-9,]\([0-9,][0-9,]*\) reviewed.*/\1/p' | tr -d , | head -n 1)
    [ -n "$shown" ] && seen=$((seen + 1))
    if [ -z "$stored" ]; then
        bad=$((bad + 1))
        echo "round $i: the project does not open"
        "$tend" review </dev/null | head -n 3
    elif [ -n "$shown" ] && [ "$shown" -gt "$stored" ]; then
        lost=$((lost + 1))
        echo "round $i: the screen said $shown reviewed, the store has $stored"
    fi
done
echo "$times kills ($seen screens read): $lost lost an answer, $bad did not open"
[ "$seen" -gt 0 ] && [ "$lost" -eq 0 ] && [ "$bad" -eq 0 ]
