#!/bin/sh
# How good a start networks are, as people get it: the score on photos kept aside
#   - of the emoji library of `make demo`, from no labels, after 100, 200 and 400 answers in order of doubt (means of
#     five shuffles);
#   - of photos in folders, PHOTOS/train and PHOTOS/val, whose label path the folders are: of a head trained on all.
#       sh tests/bench/start.sh BUILD PHOTOS|"" MODEL...
# MODEL is a folder, "default" or "random:ARCHITECTURE:SIZE".
set -eu
build=$(cd "$1" && pwd)
photos=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$build/emoji" "$work/emoji" >/dev/null
mkdir "$work/set"
[ -z "$photos" ] || ln -s "$(realpath "$photos/train")" "$(realpath "$photos/val")" "$work/set"

begin() { # begin MODEL FOLDERS...: a project of the folders in place of the last one
    rm -rf .tend
    case $1 in
    default) set -- "$2" ;;
    random:*)
        rm -rf "$work/random"
        network=${1#random:}
        "$build/tests/bench/random_network" "${network%:*}" "${network##*:}" "$work/random"
        set -- "$2" --model "$work/random"
        ;;
    *) set -- "$2" --model "$1" ;;
    esac
    "$build/tend" init "$@" >/dev/null 2>&1
}

for model in "$@"; do
    case $model in
    default | random:* | /*) ;;
    *) model=$PWD/$model ;;
    esac
    echo "$model"
    (
        cd "$work/emoji"
        begin "$model" pictures
        "$build/tend" simulate --labels labels.csv --order doubt --batch 100 --until 400 --seeds 5 2>/dev/null |
            awk '$1 ~ /^[124]00$/ && NF == 5 { print "  emoji: " $0 }'
    )
    [ -n "$photos" ] || continue
    (
        cd "$work/set"
        begin "$model" .
        "$build/tend" import --format folders . >/dev/null 2>&1
        "$build/tend" train --depth head 2>/dev/null | sed 's/^/  photos: /'
    )
done
