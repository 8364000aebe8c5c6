#!/bin/sh
# distill: a run that was killed and started again ends with the same bits as one that was not, and so does one that
# uses what the teacher said before; other options do not continue it. The photos are noise, the teacher is the default network.
#   sh tests/tui/test_distill.sh BUILD
tend=$(cd "$1" && pwd)/tend
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/../check.sh"
mkdir "$work/photos"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    LC_ALL=C awk -v s="$i" 'BEGIN { srand(s); printf "P6\n40 40\n255\n"
        for (i = 0; i < 4800; i++) printf "%c", 1 + int(rand() * 126) }' >"$work/photos/$i.ppm"
done
echo "no picture" >"$work/photos/broken.jpg"
distill() { # distill OUT [OPTIONS]
    out=$1
    shift
    "$tend" distill "$work/photos" --teacher data/default --out "$work/$out" --arch mobilenetv2_010 \
        --size 32 --views 3 --batch 8 --epochs 40 --threads 2 "$@" 2>>"$work/errors"
}
same() { cmp -s "$work/$1/model/model.safetensors" "$work/$2/model/model.safetensors"; }
differs() { ! same "$@"; }
refused() { ! distill "$@" >/dev/null; }

check "a run from nothing ends" distill whole >"$work/log"
check "each epoch is told" [ "$(grep -c '^epoch' "$work/log")" -eq 40 ]
check "a photo that cannot be read is told" grep -q 'cannot be read' "$work/errors"
check "what it learnt in is known" grep -q 'epoch 40 of 40' "$work/whole/model/config.json"

distill stopped >"$work/log" &
run=$!
tries=0
until grep -q '^epoch 1' "$work/log" || [ "$tries" -gt 600 ]; do
    tries=$((tries + 1))
    sleep 0.05
done
child=$(ps -o pid= --ppid "$run" 2>/dev/null | head -n 1)
kill -9 ${child:-$run} 2>/dev/null
wait "$run" 2>/dev/null
check "it was killed on the way" [ "$(grep -c "^epoch" "$work/log")" -lt 40 ]
check "a killed run goes on" distill stopped >"$work/log"
check "... to the same bits" same whole stopped
touch -d 2001-01-01 "$work/whole/answers/"*
check "answers that are kept serve another run" distill again --answers "$work/whole/answers" >"$work/log"
check "... to the same bits" same whole again
check "... the teacher is not asked again" [ -z "$(find "$work/whole/answers" -newermt 2002-01-01 -name 'view*')" ]
check "answers to other views are refused" refused seven --seed 7 --answers "$work/whole/answers"
check "... with the file's name" grep -q 'view-000.safetensors is of other photos' "$work/errors"
rm "$work/whole/answers/view-001.safetensors"
check "a view that is missing is asked for" distill more --answers "$work/whole/answers" >"$work/log"
check "... to the same bits" same whole more
check "another seed gives another network" distill other --seed 2 >/dev/null
check "... indeed" differs whole other
check "a checkpoint of other options is refused" refused whole --rate 0.2
check "... with the file's name" grep -q 'checkpoint.safetensors is of a run' "$work/errors"
rm -r "$work/whole/model"
check "a run that ended just before its model was written writes it" distill whole >/dev/null
check "... the same" same whole stopped
check "weights of another run can be the start" \
    distill later --start "$work/whole/checkpoint.safetensors" >/dev/null
check "... and make a difference" differs whole later
check "a model can be the start" distill from --start "$work/whole/model/model.safetensors" >/dev/null
check "... and makes a difference" differs whole from
check "something else cannot" refused none --start "$work/whole/answers/view-000.safetensors"
check "... which is said" grep -q 'view-000.safetensors: has not all weights' "$work/errors"
check "a checkpoint of another start is refused" refused later --start "$work/other/checkpoint.safetensors"

# A teacher with classes: what they say counts.
mkdir "$work/classes"
(
    cd "$work/classes" || exit 1
    { echo "photo,label1" && for i in 1 2 3 4 5 6 7 8; do
        printf '%s,a\n%s,b\n' "../photos/$i.ppm" "../photos/$((i + 8)).ppm"
    done; } >labels.csv
    "$tend" init ../photos --labels labels.csv && "$tend" train --depth head
) >/dev/null 2>>"$work/errors"
taught=$(find "$work/classes/.tend/models" -name config.json -exec grep -l '"num_classes":.*2' {} + | head -n 1)
check "there is a teacher of two classes" [ -n "$taught" ]
check "its features alone" distill features --teacher "${taught%/*}" --classes 0 >/dev/null
check "its classes, too" distill both --teacher "${taught%/*}" --answers "$work/features/answers" >/dev/null
check "... make a difference" differs features both

# Photos of the same names are not the same photos.
cp "$work/photos/1.ppm" "$work/photos/2.ppm"
check "answers to a photo that was replaced are refused" refused replaced --answers "$work/whole/answers"
finish
