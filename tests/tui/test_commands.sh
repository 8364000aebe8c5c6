#!/bin/sh
# The commands as a person types them, on generated pictures: from init to export and back.
#   sh tests/tui/test_commands.sh BUILD
set -u
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
tend=$build/tend
json=$build/tests/tui/json_check
work=$(mktemp -d)
trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 XDG_CONFIG_HOME="$work/config"
cd "$work" || exit 1
. "$source/tests/check.sh"
fail() { # with what the last command said
    failed=$((failed + 1))
    printf 'FAIL %s\n' "$*"
    for f in out err; do
        [ -s "$work/$f" ] && sed "s/^/    $f: /" "$work/$f" | head -n 12
    done
}
# run STATUS COMMAND...: output in out and err; what it says is the caller's to check
run() {
    want=$1
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    [ "$got" -eq "$want" ] && ok || fail "$*: exit status $got, not $want"
}
# has FILE WORDS: does it hold the words?
has() {
    if grep -qF -- "$2" "$work/$1"; then ok; else fail "'$2' is not in $1"; fi
}
lacks() {
    if grep -qF -- "$2" "$work/$1"; then fail "'$2' is in $1"; else ok; fi
}
same() {
    if [ "$1" = "$2" ]; then ok; else fail "$3: '$1' is not '$2'"; fi
}
# value PATH...: of the JSON object in out
value() { "$json" "$@" <"$work/out"; }
at_least() {
    if awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'; then ok; else fail "$3: $1 is less than $2"; fi
}

# picture FILE RED GREEN BLUE SEED: 48 x 48, a colour with noise; characters are the bytes of a PPM
picture() {
    mkdir -p "$(dirname "$1")"
    awk -v r="$2" -v g="$3" -v b="$4" -v seed="$5" 'BEGIN {
        srand(seed)
        printf "P6\n48 48\n255\n"
        for (i = 0; i < 48 * 48; i++)
            printf "%c%c%c", r + int(rand() * 20), g + int(rand() * 20), b + int(rand() * 20)
    }' >"$1"
}
# library DIR COUNT: four kinds in two groups
library() {
    n=0
    while [ "$n" -lt "$2" ]; do
        picture "$1/warm/red/r$n.ppm" 100 33 33 "$n"
        picture "$1/warm/yellow/y$n.ppm" 100 100 33 "1$n"
        picture "$1/cold/blue/b$n.ppm" 33 33 100 "2$n"
        picture "$1/cold/green/g$n.ppm" 33 100 33 "3$n"
        n=$((n + 1))
    done
}
labels() { # FIRST LAST SPLIT: rows of a CSV for pictures FIRST..LAST of every kind
    n=$1
    while [ "$n" -le "$2" ]; do
        echo "photos/warm/red/r$n.ppm,warm,red,,$3"
        echo "photos/warm/yellow/y$n.ppm,warm,yellow,,$3"
        echo "photos/cold/blue/b$n.ppm,cold,blue,,$3"
        echo "photos/cold/green/g$n.ppm,cold,green,,$3"
        n=$((n + 1))
    done
}
header=photo,label1,label2,label3,split

# ---- the program itself
run 0 "$tend" --version
has out "tend 0."
run 0 "$tend" --help
has out "submit"
for command in init tree import export review undo predict train score report models submit doctor distill; do
    run 0 "$tend" help "$command"
    has out "usage: tend $command"
    cp out first
    run 0 "$tend" "$command" --help
    if cmp -s out first; then ok; else fail "help $command and $command --help differ"; fi
    # every option there is stands in the help
    for option in $(grep -o '{"[a-z_-]*", OPTION_' "$source/tui/commands/$command.c" | cut -d '"' -f 2); do
        has out "--$option"
    done
    run 2 "$tend" "$command" --no-such-option
    has err "tend: there is no option '--no-such-option'"
    has err "usage: tend $command"
    same "$(wc -l <err)" 2 "lines for an unknown option of $command"
done
# ... and every family of networks
run 0 "$tend" help models
for name in $(sed -n 's/.*\.known = "\([a-z0-9_]*\).*/\1/p' "$source"/nn/families/*.c); do
    has out "$name"
done
run 2 "$tend" fly
has err "there is no command 'fly'"
run 2 "$tend" help fly
run 2 "$tend" train --depth deep
run 2 "$tend" train --epochs none
has err "--epochs wants a whole number"
run 2 "$tend" train --lr -1
run 2 "$tend" init a b
run 2 "$tend" import
run 2 "$tend" import x.csv --split future
run 2 "$tend" predict --split future
run 2 "$tend" score --truth x.csv
run 2 "$tend" score --split future
run 2 "$tend" report --json --html x.html
run 2 "$tend" report x.html
run 2 "$tend" submit first
run 2 "$tend" models sell 1
run 2 "$tend" models use
run 2 "$tend" review --order backwards
run 2 "$tend" review --filter nice
run 2 "$tend" review --size 100x30
run 2 "$tend" doctor --graphics oil
if [ -w /dev/full ]; then
    "$tend" help >/dev/full 2>err
    same "$?" 1 "exit status with a full disk"
fi

# ---- no project
for command in tree export review undo redo predict train score report models submit "import x.csv" "doctor --privacy"; do
    # shellcheck disable=SC2086
    run 1 "$tend" $command
    has err "tend: no project in"
done
run 0 "$tend" doctor
has out "kernels"
has out "decoding    in a process of its own"
has out "none around the current folder"
has out "SQLite"

# ---- a failed init leaves nothing
mkdir empty && cd empty || exit 1
run 1 "$tend" init
has err "there are no photos"
run 1 "$tend" init ../nowhere
has err "../nowhere"
picture a.ppm 40 40 40 1
run 1 "$tend" init --labels ../nowhere.csv
has err "nowhere.csv"
printf 'id,name,parent\n1,a,2\n2,b,1\n' >../cycle.csv
run 1 "$tend" init --taxonomy ../cycle.csv
has err "cycle.csv"
run 1 "$tend" init --model ../cycle.csv
printf 'nothing here\n' >../bad.csv
run 1 "$tend" init --labels ../bad.csv
has err "bad.csv"
printf 'photo,label1\nnowhere.ppm,dark\nneither.ppm,dark\n' >../lost.csv
run 1 "$tend" init --labels ../lost.csv
has err "lost.csv: nothing was taken: 2 lines were left out"
printf 'photo,label1\n' >../none.csv
run 1 "$tend" init --labels ../none.csv
has err "none.csv: nothing was taken: there is no photo in it"
printf 'photo,label1\na.ppm,\n' >none.csv
run 1 "$tend" init --labels none.csv
has err "none.csv: no photo has a label in it"
run 1 "$tend" init --labels folders
has err "could be its label"
if [ -e .tend ] || [ -e .tend.new ]; then fail "a failed init left .tend"; else ok; fi
run 2 "$tend" init --depth-limit 9
cd .. || exit 1

# ---- init
library photos 6
run 0 "$tend" init photos
has out "24 photos, 0 labels"
has out "model 1:"
run 1 "$tend" init photos
has err "there is a project here already"
run 1 "$tend" train
has err "too few labels"
run 1 "$tend" predict
has err "has not been trained on this project's labels"
run 1 "$tend" score
has err "no photo has a label yet, so there is nothing to score against"
lacks err "learn"
run 1 "$tend" score --split all
has err "no photo has a label yet"
printf 'photo,label1\nphotos/cold/blue/b0.ppm,cold\n' >one.csv
mkdir one && cd one || exit 1
run 0 "$tend" init ../photos --labels ../one.csv
run 1 "$tend" score --split val
has err "no photo of split val has a label"
cd .. || exit 1
run 1 "$tend" submit
has err "no photos of split test"

# ---- a newcomer: no labels, ten are typed, t, predictions come
mkdir newcomer && cd newcomer || exit 1
run 0 "$tend" init ../photos
{
    echo 'idle dump Enter text:cold_>_blue Enter'
    printf 'Enter Enter %.0s' 1 2 3 4 5 # what was picked last comes first
    printf 'Enter text:cold_>_green Enter %.0s' 1 2 3 4 # whatever is predicted meanwhile
    echo 'idle dump:../before t idle dump:../after wait:400 a idle q'
} >keys
run 0 "$tend" review --order file --script keys --dump ../first --size 100x30 --graphics none
cd .. || exit 1
has first "Not predicted yet. Label some photos"
has before "11 of 24   file   model 1"
has before "Prediction" # learned at once, before any training
lacks before "Label some photos"
has after "11 of 24   file   model 2"
has after "Prediction"
has after "the training has ended: model 2 is in use"
cd newcomer || exit 1
run 0 "$tend" export --reviewed
same "$(grep -c 'blue/b.*,cold,blue,' "$work/out")" 6 "photos labelled blue"
same "$(grep -c 'green/g.*,cold,green,' "$work/out")" 5 "photos labelled green, one of them as predicted"
cd .. || exit 1
run 0 "$tend" review
has out "no predictions yet"
has out "24 photos"
run 0 "$tend" models
has out "pretrained"
run 0 "$tend" models --json
same "$(value models)" 1 "models in the list"
same "$(value models 0 used)" true "first model in use"

# ---- import
{
    echo $header
    labels 0 3 train
} >train.csv
{
    echo $header
    labels 4 5 test
} >test.csv
run 0 "$tend" import train.csv --json
same "$(value labelled)" 16 "imported labels"
same "$(value added)" 0 "new photos"
same "$(value left_out)" 0 "lines left out"
run 0 "$tend" import test.csv
has out "8 labels"
printf '%s\n' "$header" 'photos/cold/blue/b0.ppm,cold,blue,,train' 'photos/cold/blue/b1.ppm,,,,train' \
    'photos/warm/red/r0.ppm,,red,,train' 'photos/warm/red/r1.ppm,warm,red,,sometimes' >mixed.csv
run 0 "$tend" import mixed.csv
has err "mixed.csv:4"
has err "mixed.csv:5"
run 1 "$tend" import mixed.csv --strict
run 1 "$tend" import lost.csv
has err "lost.csv:2:1: there is no photo 'nowhere.ppm'"
has err "lost.csv: nothing was taken: 2 lines were left out"
same "$(wc -c <out)" 0 "bytes of a result where nothing was taken"
printf 'photo,label1,foo,state\nphotos/cold/blue/b0.ppm,cold,1,imported\n' >foo.csv
run 0 "$tend" import foo.csv
has err "foo.csv: column 'foo' is not read"
lacks err "state"
printf 'name,kind\na,b\n' >bad.csv
run 1 "$tend" import bad.csv
has err "bad.csv"
printf 'photo,label1\n"photos/a.ppm,x\n' >bad.csv
run 1 "$tend" import bad.csv
has err "bad.csv"
printf 'photo,path\n/etc/passwd,cold\n.tend/tend.log,cold\n' >bad.csv
run 1 "$tend" import bad.csv
has err "bad.csv:2:1: '/etc/passwd' is no picture"
has err "bad.csv:3:1: '.tend/tend.log' is no picture"
printf 'photo,path\nphotos/cold/blue/b0.ppm,"cold\nphotos/cold/blue/b1.ppm ,cold/blue\n' >stray.csv
run 0 "$tend" import stray.csv
has err "stray.csv:2: a quote opens here"
has err "stray.csv:3:2: labels are taken apart at '/'"
has out "1 photo, 1 label"
run 1 "$tend" import nowhere.csv
has err "nowhere.csv"
run 1 "$tend" import train.csv --format tablets
has err "csv"
run 0 "$tend" tree
has out "warm"
has out "6 nodes in 2 levels"
run 0 "$tend" tree --json
same "$(value nodes)" 6 "nodes"
same "$(value labelled)" 24 "photos with a label"
same "$(value depth)" 2 "levels"

# ---- train, predict, score
run 0 "$tend" train --depth head --json
same "$(value model)" 2 "the new model's number"
same "$(value used)" true "first training is used"
run 0 "$tend" predict --out predicted.csv
has out "24 photos"
same "$(wc -l <predicted.csv)" 25 "lines of predicted.csv"
same "$(head -n 1 predicted.csv)" photo,label1,label2,label3,p1,p2,p3 "header of predictions"
run 0 "$tend" predict --split test
same "$(wc -l <out)" 9 "lines of predictions of the test split"
run 0 "$tend" report
has out "How often a confidence is right"
run 0 "$tend" report --html report.html
has report.html "</html>"
lacks report.html "<script"
run 0 "$tend" report --html -
has out "</html>"
run 1 "$tend" report --html no/such/folder/report.html
rm -f report.html
run 0 "$tend" score --json
same "$(value split)" test "the part that is scored by default"
same "$(value photos)" 8 "scored photos"
at_least "$(value score)" 0.7 "score on pictures of four plain colours"
same "$(value levels)" 2 "levels of the score"
same "$(value ece)" 2 "calibration errors"
# ---- the tree changes: what was said, predicted and learned keeps its meaning
before=$(cat out)
run 0 "$tend" tree move "warm > red" cold
has out "cold > red"
run 0 "$tend" tree rename "cold > red" "deep red"
run 0 "$tend" tree merge "cold > blue" "cold > green"
run 0 "$tend" predict --split test
has out "cold,deep red"
lacks out "cold,blue"
has out "cold,green"
run 0 "$tend" score --json
same "$(value score)" 1 "score where the colours mixed up are one, by the model from before"
run 0 "$tend" tree
has out "deep red"
lacks out "blue"
run 1 "$tend" tree rm "cold > green"
has err "have the label 'cold > green'"
run 1 "$tend" tree merge cold "cold > green"
has err "below it"
run 1 "$tend" tree rename warm cold
has err "merge the two instead"
run 2 "$tend" tree merge cold
run 2 "$tend" tree paint cold
run 0 "$tend" tree add "warm > hot > pink"
run 1 "$tend" tree add "warm > hot > pink"
run 0 "$tend" tree rm "warm > hot"
for said in "'warm > hot' is there again" "is no label any more" "a label of its own again" "called 'red' again" \
    "'warm > red' again"; do
    run 0 "$tend" undo
    has out "$said"
done
run 0 "$tend" redo
has out "brought back: 'red' is 'cold > red'"
run 0 "$tend" undo
run 1 "$tend" undo
has err "nothing to undo"
run 0 "$tend" score --json
same "$(cat "$work/out")" "$before" "the score after all was taken back"
run 0 "$tend" tree move "warm > red" cold
printf 'photo,label1,label2\nphotos/warm/red/r0.ppm,warm,red\n' >old.csv
run 0 "$tend" import old.csv
run 0 "$tend" tree --json
same "$(value nodes)" 6 "nodes after a file with the old names"
run 0 "$tend" undo --user import
run 0 "$tend" undo
run 0 "$tend" score --json

mean=$(value score)
for key in exact hp hr hf; do
    at_least "$(value $key)" 0 "$key"
done
run 0 "$tend" score
has out "model 2 on test: 8 photos"
grep -qE '^score     [01]\.[0-9]{4} ± 0\.[0-9]{2} \(standard error' "$work/out" && ok || fail "no standard error"
has out "hP hR hF"
run 0 "$tend" score --split all --model 2
run 1 "$tend" score --model 77
has err "there is no model 77"
run 0 "$tend" score --truth test.csv --pred predicted.csv --json
same "$(value photos)" 8 "photos of two files"
same "$(value without_truth)" 16 "predictions without a truth"
same "$(value score)" "$mean" "score of the files and of the project"
run 0 "$tend" submit --out submit.csv
has out "score"
same "$(wc -l <submit.csv)" 9 "lines of submit.csv"
same "$(head -n 1 submit.csv)" photo,label1,label2,label3 "header of submit.csv without ids"
has out "not every label has an id (the first: warm)"
grep -q '^photos/warm/red/r4.ppm,[a-z]*,[a-z]*,$' submit.csv && ok || fail "a row of names"
run 0 "$tend" score --truth test.csv --pred submit.csv --json
same "$(value score)" "$mean" "score of the rows of names"
run 0 "$tend" submit 2 --out submit.csv --json
same "$(value score)" "$mean" "score of submit"
run 0 "$tend" review
has out "model    2, head"
has out "order: doubt"

# ---- the score itself: the five cases of its source
printf 'photo,label1,label2,label3\n1,A,B,C\n2,A,B,C\n3,A,B,C\n4,A,B,C\n5,A,B,C\n6,A,B,\n' >t.csv
printf 'photo,label1,label2,label3\n1,A,B,C\n2,A,B,\n3,A,,\n4,B,A,C\n5,A,C,B\n6,A,B,C\n' >p.csv
run 0 "$tend" score --truth t.csv --pred p.csv --json
same "$(value score)" 0.5555555556 "mean of 1, 2/3, 1/3, 0, 1/3, 1"
same "$(value exact)" 0.1666666667 "exact paths"
same "$(value ece)" 0 "no confidences, no calibration"
printf 'photo,label1\n1,A\n1,B\n' >p.csv
run 1 "$tend" score --truth t.csv --pred p.csv
has err "'1' stands in line 2 and in line 3"
: >p.csv
run 1 "$tend" score --truth t.csv --pred p.csv
has err "p.csv"

# ---- a person who knows the labels, played
run 0 "$tend" simulate --batch 4 --seeds 2 --reach 0.1 --model 1
has out "labels until a mean score is reached"
run 0 "$tend" simulate --order file --batch 5 --seeds 1 --until 10 --out sim.csv --json --model 1
has out '"order":'
[ "$(wc -l <sim.csv)" -eq 3 ] || fail "a header and two batches: $(cat sim.csv)"
run 2 "$tend" simulate --order best
has err "doubt, sure, file or random"
run 2 "$tend" simulate --reach 1.5
run 1 "$tend" simulate --labels nothing.csv
has err "nothing.csv"
rm -f sim.csv

# ---- training again, going back
run 0 "$tend" train --depth blocks --num_epoch 1 --seed 7 --threads 2
has out "model 3"
has out "not calibrated: too few held-out photos (20 are needed)"
run 0 "$tend" review
has out "not calibrated: too few held-out photos"
run 0 "$tend" models use 1
has out "model 1 is in use"
run 0 "$tend" review --filter below=cold
has out "queue    8 photos" # never trained, but the labels teach at once
has out "predicted: cold "
lacks out "predicted: warm "
run 0 "$tend" models --json
same "$(value used)" 1 "the model in use after going back"
run 0 "$tend" models use 2
run 0 "$tend" models show 2
grep -qE ', [01]\.[0-9]{3} ± 0\.[0-9]{2} after, on [0-9]+ held-out photos' "$work/out" && ok || fail "no standard error"
run 0 "$tend" models compare 1 2
has out "from model 1 to model 2, over the "
has out "held-out photos, by their label"
run 0 "$tend" models compare 1 2 --json
same "$(value before)" 1 "the model compared from"
compared=$(value scores 0 after)
run 0 "$tend" score --split held-out --model 2 --json
same "$(value score)" "$compared" "what compare and score say of a model"
run 2 "$tend" models compare 1
run 2 "$tend" models compare 1 one
run 1 "$tend" models compare 1 99
has err "no model 99"
run 0 "$tend" models rm 3
run 1 "$tend" models use 3
has err "was removed"
run 0 "$tend" models show 3
has out "removed"
run 1 "$tend" models rm 2
has err "in use"
run 1 "$tend" models use 99
run 0 "$tend" models add .tend/models/0002
has out "model 4"
has out " GMac for a picture of "
has out " parameters, "
run 2 "$tend" models add .tend/models/0002 --size 31
run 1 "$tend" models add .tend/models/0002 --arch resnet18
has err "conv1.weight"
run 1 "$tend" models add train.csv
run 1 "$tend" train --from 99

# ---- export and back: the same labels
run 0 "$tend" export --out labels.csv
run 0 "$tend" export
if cmp -s out labels.csv; then ok; else fail "export to a file and to standard output differ"; fi
run 0 "$tend" export --reviewed
same "$(wc -l <out)" 1 "rows that somebody has reviewed"
run 1 "$tend" export --format tablets
# What models were trained on may not test them: said when, not again when nothing changes.
printf '%s\n' 'photo,split' photos/warm/red/r0.ppm,val photos/warm/red/r1.ppm,train >late.csv
run 0 "$tend" import late.csv
has err "1 of the photos now of split val or test had labels when models were trained"
run 0 "$tend" import late.csv
lacks err "trained"
mkdir again && cd again || exit 1
run 0 "$tend" init ../photos --labels ../labels.csv
has out "24 photos, 24 labels"
run 0 "$tend" tree --json
same "$(value labelled)" 24 "labels after export and import"
run 0 "$tend" export
sed "s|$(realpath ..)/||" ../out | sort >exported.sorted
sort ../labels.csv >labels.sorted
if cmp -s exported.sorted labels.sorted; then ok; else fail "labels changed on the way"; fi
cd .. || exit 1

# ---- folders; a file that names other photos; ids of a taxonomy
mkdir folders && cd folders || exit 1
run 0 "$tend" init ../photos --labels folders
has out "24 photos, 24 labels, 6 nodes"
cd .. && mkdir ids && cd ids || exit 1
printf 'id,name,parent\n10,warm,\n11,red,10\n12,yellow,10\n20,cold,\n21,blue,20\n22,green,20\n' >tree.csv
printf 'photo,label1,label2,split\n../photos/warm/red/r0.ppm,10,11,train\n../photos/cold/blue/b0.ppm,cold,blue,test\n' >ids.csv
mkdir here && picture here/own.ppm 50 50 50 5
run 0 "$tend" init here --labels ids.csv --taxonomy tree.csv
has out "3 photos, 2 labels, 6 nodes"
printf 'photo,label1\nhere/own.ppm,purple\n' >purple.csv
run 1 "$tend" import purple.csv
has err "purple"
run 0 "$tend" tree --json
same "$(value nodes)" 6 "a given tree is not widened"
run 0 "$tend" import purple.csv --new-labels
run 0 "$tend" tree --json
same "$(value nodes)" 7 "it is when asked to"
cd .. || exit 1

# ---- ids go in and come out; labels may end at a node that has children
mkdir numbers && cd numbers || exit 1
{
    echo photo,label1,label2,split
    labels 0 3 train | sed 's/,warm,red,/,10,11/; s/,warm,yellow,/,10,12/; s/,cold,blue,/,20,21/; s/,cold,green,/,20,22/'
    labels 4 5 test | sed 's/,warm,red,/,10,11/; s/,warm,yellow,/,10,12/; s/,cold,blue,/,20,21/; s/,cold,green,/,20,22/'
} | sed 's|^photos|../photos|' >numbers.csv
run 0 "$tend" init ../photos --taxonomy ../ids/tree.csv --labels numbers.csv
has out "24 photos, 24 labels, 6 nodes"
printf 'photo,label1\n../photos/warm/red/r0.ppm,10\n../photos/warm/red/r1.ppm,warm\n' >inner.csv
run 0 "$tend" import inner.csv
has out "2 labels"
run 0 "$tend" tree
has out "(2 end here)"
run 0 "$tend" train
run 0 "$tend" submit
same "$(head -n 1 "$work/out")" photo,ids "header of rows of ids"
same "$(grep -cE '^\.\./photos/.*\.ppm,(10|10 11|10 12|20|20 21|20 22)$' "$work/out")" 8 "rows of ids"
has err "truth is known of 8"

# ---- the review itself, by a script of keys: what is decided is in the store
printf 'idle wait:1500 a idle x idle dump q\n' >keys
run 0 "$tend" review --filter all --script keys --dump screen --size 100x30 --graphics none --user tester
run 0 "$tend" export --reviewed
same "$(wc -l <"$work/out")" 3 "rows after two reviews"
grep ',accepted$' "$work/out" | sed "1i photo,label1,label2,label3,split,state" >decided.csv
run 0 "$tend" import decided.csv
has out "(csv): 1 photo, 0 labels, 0 new to the project"
has out "1 label not taken: the photo has been reviewed"
run 0 "$tend" import decided.csv --json
same "$(value reviewed)" 1 "labels of reviewed photos"
same "$(value labelled)" 0 "labels taken"
run 0 "$tend" export --reviewed
same "$(grep -c ',accepted$' "$work/out")" 1 "accepted photos"
same "$(grep -c ',rejected$' "$work/out")" 1 "rejected photos"
run 0 "$tend" export --filter who=me --user tester
same "$(wc -l <"$work/out")" 3 "what the user has decided, and the header"
run 0 "$tend" export --filter by=me --user somebody-else
same "$(wc -l <"$work/out")" 1 "what another has: the header"
run 2 "$tend" export --user tester
has err "who=me"

# ---- what an import says otherwise: shown, kept for a review, taken, taken back
sed '2s/,[^,]*,[^,]*,[^,]*,/,another,,,/' decided.csv >other.csv
run 2 "$tend" import other.csv --conflicts sometimes
run 0 "$tend" import other.csv --new-labels --list
has out "the import says another"
has out "1 photo was decided otherwise than the import: these decisions stay"
run 0 "$tend" import other.csv --new-labels --conflicts review
has out "1 label beside a decision"
run 0 "$tend" export --filter conflict
same "$(wc -l <"$work/out")" 2 "photos in conflict, and the header"
run 0 "$tend" undo --user import
run 0 "$tend" export --filter conflict
same "$(wc -l <"$work/out")" 1 "photos in conflict after undo"
run 0 "$tend" import other.csv --new-labels --conflicts theirs --json
same "$(value taken)" 1 "labels taken in the place of decisions"
run 0 "$tend" undo --user import
run 0 "$tend" export --reviewed
same "$(grep -c ',accepted$' "$work/out")" 1 "accepted photos after undo"

# ---- other shapes: one column, links, the whole project
run 0 "$tend" export --separator ' > ' --format tsv
has out "photo	path	split	state"
run 2 "$tend" export --format folders
run 0 "$tend" export --format folders --out links
has out "links: links to"
run 1 "$tend" export --format folders --out links
has err "is not empty"
rm -r links
run 0 "$tend" export --format jsonl --out all.jsonl
same "$(head -n 1 all.jsonl)" '{"tend": 1}' "first line of a whole project"
# Restored where the same pictures lie elsewhere: by their content.
mkdir ../moved && cp -r ../photos ../moved/pictures
sed 's|"path": "[^"]*/|"path": "/gone/|' all.jsonl >../moved/all.jsonl
cd ../moved || exit 1
run 0 "$tend" init pictures
run 0 "$tend" import all.jsonl
has err "of its photos are called otherwise here"
lacks err "are not there"
same "$(sed -n 's/.* \([0-9]*\) new to the project.*/\1/p' "$work/out")" 0 "photos added by a restore"
run 0 "$tend" export --format huggingface --out metadata.jsonl
lacks err "photos are named from /"
run 0 "$tend" export --format huggingface --out pictures/metadata.jsonl
has err "photos are named from /"
cd ../numbers && rm -r ../moved || exit 1
rm all.jsonl other.csv
if [ -s screen ]; then ok; else fail "no screen was written"; fi

# ---- order and filter: given, remembered, dropped where a label is gone; the same filter exports
run 0 "$tend" tree add 'warm > pink'
printf 'o j Enter F text:below=warm_decided Enter idle q\n' >keys
run 0 "$tend" review --script keys --dump screen --size 100x30 --graphics none --user tester
run 0 "$tend" review --user tester
has out "order: sure"
has out "only below=warm decided"
has out "as last time, only: below=warm decided"
run 0 "$tend" review --filter 'all split=train' --filter 'file=r0' --order file
has out "order: file"
has out "only all split=train file=r0"
lacks out "as last time"
run 0 "$tend" review --filter open
lacks out "as last time"
printf 'F Ctrl-U text:below=warm/pink Enter idle q\n' >keys
run 0 "$tend" review --script keys --dump screen --size 100x30 --graphics none --user tester
run 0 "$tend" tree rm 'warm > pink'
run 0 "$tend" review
has out "the filter of last time is dropped: 'warm > pink' is no path"
run 0 "$tend" review
lacks out "dropped"
lacks out "only"
run 1 "$tend" review --filter below=nowhere
has err "'nowhere' is no path"
run 2 "$tend" review --filter 'all split=later'
has err "'split=later'"
run 0 "$tend" export --filter accepted
same "$(grep -c ',accepted$' "$work/out")" 1 "accepted photos by a filter"
same "$(wc -l <"$work/out")" 2 "rows of a filter"
run 0 "$tend" export --filter decided --filter who=tester --filter '!accepted'
same "$(grep -c ',rejected$' "$work/out")" 1 "rejected photos by a filter"
same "$(wc -l <"$work/out")" 2 "rows of three filters"
run 0 "$tend" export --filter split=test
same "$(wc -l <"$work/out")" 9 "rows of split test"
run 1 "$tend" export --filter nice
has err "'nice' is no term"
cd .. || exit 1

# ---- what cannot be read is told: by a training too, also when too little is left
mkdir torn && cd torn || exit 1
for n in 0 1 2 3 4 5; do
    picture "a/$n.ppm" 100 33 33 "$n"
    picture "b/$n.ppm" 33 33 100 "1$n"
done
run 0 "$tend" init . --labels folders
printf 'no picture' >a/0.ppm
rm b/0.ppm
run 0 "$tend" train
has out "2 labelled photos could not be read and were left out: "
has out "a/0.ppm"
has out "tend.log names all of them"
same "$(grep -c 'training leaves out a photo' .tend/tend.log)" 2 "photos in the log"
run 0 "$tend" train --depth full --epochs 2 --json
same "$(value unreadable)" 2 "photos left out by a whole training"
same "$(value photos)" $((10 - $(value held_out))) "photos trained on"
rm a/[1-5].ppm b/[1-5].ppm
run 1 "$tend" train
has err "too few labels: 0 to train on"
has err "12 labelled photos cannot be read, the first: "
cd .. || exit 1

# ---- what cannot be read is told
printf 'no picture' >photos/warm/red/r4.ppm
rm photos/cold/blue/b4.ppm
run 0 "$tend" models use 4
run 0 "$tend" score --json
same "$(value photos)" 8 "photos scored, unreadable ones too"
same "$(value unanswered)" 2 "photos without an answer"
has err "r4.ppm"
has err "b4.ppm"
run 0 "$tend" doctor
has out "in use: 4"
run 0 "$tend" doctor --privacy
has out "project.db"
has out "No picture"
lacks out "not made by tend"
mkdir -p .tend/models/.0009.tmp .tend/truth-12
for file in models/.0009.tmp/config.json truth-12/truth.db-wal cache/training-full.safetensors history tend.log keys \
    leases.db-wal leases.db-shm .tend-12-0.tmp models/.0009.tmp/.tend-12-0.tmp; do
    : >>.tend/$file
done
run 0 "$tend" doctor --privacy
has out "leases.db-shm"
has out "truth-12/truth.db-wal"
lacks out "not made by tend"
: >.tend/copy.db.new
run 0 "$tend" doctor --privacy
lacks out "not made by tend"
# Names that are nearly ours are not vouched for.
mkdir -p .tend/models/foo .tend/models/0001/more .tend/cache/features-0001x
strangers="models.zip models/foo/portrait.jpg models/0001/portrait.jpg models/0001/more/model.safetensors
    project.db.jpg cache/features-0001.jpg cache/features-0001x/1.jpg cache/training-me.jpg truth-12/portrait.jpg
    portrait.tend-1-2.tmp leases.db-photo"
for file in $strangers; do : >.tend/$file; done
run 0 "$tend" doctor --privacy
for file in $strangers; do
    same "$(grep -A 1 -F -- "  $file" "$work/out" | sed -n '2s/^ *//p')" "not made by tend" "$file"
    rm .tend/$file
done
ln -s /usr .tend/elsewhere
run 0 "$tend" doctor --privacy
has out "a link, not made by tend"
rm -r .tend/elsewhere .tend/copy.db.new .tend/models/foo .tend/models/0001/more .tend/cache/features-0001x
mkdir .tend.new && : >.tend.new/project.db && : >.tend.new/portrait.jpg
run 0 "$tend" doctor --privacy
has out "/.tend.new: a \`tend init\` that did not come to its end; may be deleted"
has out "portrait.jpg"
has out "not made by tend"
rm -r .tend.new
escape=$(printf '\033')
from=$PWD
mkdir "$work/x${escape}y"
(cd "$work/x${escape}y" && cp "$from/photos/warm/red/r1.ppm" . && "$tend" init . && "$tend" doctor --privacy) >"$work/out" 2>&1
has out 'x\x1by/.tend'
lacks out "$escape"
rm -rf .tend/keys .tend/history .tend/cache/training-full.safetensors .tend/models/.0009.tmp .tend/truth-12

# ---- settings; key files
run 0 "$tend" set
has out "blind.percent"
has out "a whole number from 0 to 50; default 0"
run 0 "$tend" set blind.percent 5
run 0 "$tend" set blind.percent
same "$(cat "$work/out")" 5 "a setting that was set"
run 1 "$tend" set blind.percent 80
has err "tend: blind.percent is a whole number from 0 to 50, not '80'"
run 1 "$tend" set blind.share 1
has err "there is no setting 'blind.share'; \`tend set\` lists them"
run 2 "$tend" set --default
run 2 "$tend" set blind.percent 5 --default
run 0 "$tend" set blind.percent --default
run 0 "$tend" set blind.percent
same "$(cat "$work/out")" 0 "a setting taken back"
run 0 "$tend" doctor
has out "nothing wrong"
printf '# mine\nbind Ctrl-A acept\n' >.tend/keys
run 1 "$tend" doctor
has out ".tend/keys:2: there is no command 'acept'; \`tend help keys\` lists them"
printf 'bind Ctrl-A accept\n' >.tend/keys
run 0 "$tend" doctor
has out "files       1 read, nothing wrong"
rm .tend/keys

# ---- names with control characters do not reach the terminal
escape=$(printf '\033')
picture "photos/odd${escape}[2J.ppm" 50 50 50 9
printf 'photo,label1\n"photos/odd%s[2J.ppm",warm\n' "$escape" >odd.csv
run 0 "$tend" import odd.csv
run 0 "$tend" review --filter file=odd --filter all
lacks out "$escape"
has out '\x1b[2J'

# ---- Ctrl-C: nothing is half done. A shell starts background jobs with SIGINT ignored, awk does not.
interrupted() { # SECONDS COMMAND...: interrupt it after so long; its exit status
    "$build/tests/tui/interrupt" "$@" >"$work/out" 2>"$work/err" </dev/null
}
interrupted 0.3 "$tend" train --depth full --epochs 100000
same "$?" 130 "exit status of an interrupted training"
has err "cancelled"
run 0 "$tend" models --json
same "$(value models 0 model)" 4 "an interrupted training leaves no model"
library many 60
mkdir cut && cd cut || exit 1
cut_short=0
for after in 0.003 0.006 0.01 0.02 0.03 0.05; do
    interrupted $after "$tend" init ../many --labels folders
    status=$?
    case $status in
    130)
        cut_short=$((cut_short + 1))
        if [ -e .tend ]; then fail "an init interrupted after $after s left .tend"; else ok; fi
        ;;
    0) # it was faster: one check as well, so that every run counts as many
        ok
        rm -rf .tend
        ;;
    *) fail "an init interrupted after $after s ended with $status" ;;
    esac
done
[ "$cut_short" -gt 0 ] && ok || fail "no init was interrupted"
for after in 0.01 0.02 0.04; do # killed: what is left is made anew, or it is a whole project
    timeout -s KILL $after "$tend" init ../many --labels folders >/dev/null 2>&1
    "$tend" init ../many --labels folders >"$work/out" 2>"$work/err"
    run 0 "$tend" tree --json
    same "$(value labelled)" 240 "labels after a killed init and another one"
    rm -rf .tend
done

# ---- what was imported teaches before anything is scored: all labelled photos are looked at, not only those
cache() { cat .tend/cache/* | wc -c; }
run 0 "$tend" init ../many --labels folders
run 0 "$tend" score --split held-out --json
first=$(value score) looked=$(cache)
run 0 "$tend" predict --out all.csv
run 0 "$tend" score --split held-out --json
same "$(value score)" "$first" "score before and after all photos were looked at"
same "$(cache)" "$looked" "features before and after"
cd .. || exit 1

# ---- a folder that cannot be written to
if [ "$(id -u)" -eq 0 ]; then
    skip "read-only folders: root may write everywhere"
else
    mkdir locked && chmod a-w locked && cd locked || exit 1
    run 1 "$tend" init ../photos
    cd .. || exit 1
    run 1 "$tend" predict --out locked/x.csv
    has err "locked"
fi

finish
