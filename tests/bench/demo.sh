#!/bin/sh
# What the demo comes to: somebody answers its photos in the order of the review, rightly. After every 50 answers, learned
# at once and without any training: how many of these were predicted right, the score on the photos kept aside.
#   sh tests/bench/demo.sh BUILD [ORDER: sure or random] [ANSWERS]
set -eu
build=$(cd "$1" && pwd)
order=${2:-sure} answers=${3:-400}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$build/emoji" "$work/emoji" >/dev/null
cd "$work/emoji"
awk 'NR == 1 || /,val\r?$/' labels.csv >kept.csv
for part in pictures start.csv kept.csv; do
    case $part in
    pictures) "$build/tend" init pictures ;;
    *) "$build/tend" import $part ;;
    esac
done >/dev/null 2>&1

# Rows of `predict --out`: photo,label1,label2,label3,p1,p2,p3; labels here hold no commas. Expected score: (p1 + p2) / 2.
next_50() {
    "$build/tend" predict --out predicted.csv >/dev/null 2>&1
    awk -F, -v order="$order" 'BEGIN { srand(1) }
        FILENAME == ARGV[1] || FILENAME == ARGV[2] { decided[$1] = 1; next }
        FNR > 1 && !($1 in decided) { printf "%s,%s,%s,%s\n", order == "sure" ? $5 + $6 : rand(), $1, $2, $3 }' \
        known.csv kept.csv predicted.csv | sort -t, -k1,1gr | head -n 50
}

tell() {
    printf '%s answers: score %s%s\n' "$1" "$("$build/tend" score --split val | awk '$1 == "score" { print $2 }')" "$2"
}

cp start.csv known.csv
tell 0 ''
count=0
while [ "$count" -lt "$answers" ]; do
    next_50 >next.csv
    right=$(awk -F, 'NR == FNR { truth[$1] = $2 "," $3; next } truth[$2] == $3 "," $4' labels.csv next.csv | wc -l)
    awk -F, 'NR == FNR { next50[$2] = 1; next } FNR == 1 || $1 in next50 { print $1 "," $2 "," $3 }' next.csv labels.csv >said.csv
    "$build/tend" import said.csv >/dev/null 2>&1
    tail -n +2 said.csv >>known.csv
    count=$((count + 50))
    tell "$count" ", $right of these 50 predicted right"
done
