#!/bin/sh
# Same seed, same photos, same number of threads: the same weights, bit for bit. Trains a model to each depth twice,
# three epochs each, and compares the files; says how much memory the larger run took.
#   sh tests/tools/same_weights.sh TEND MODEL PHOTOS [SIZE]
# MODEL: a folder with config.json and model.safetensors; PHOTOS: some hundred, in folders that are labels.
set -eu
tend=$(realpath "$1") model=$(realpath "$2") photos=$(realpath "$3") size=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/first"
cd "$work/first"
"$tend" init "$photos" --labels folders --model "$model" >/dev/null
cp -r .tend "$work/kept"
bad=0
for depth in head blocks full; do
    for turn in first second; do
        mkdir -p "$work/$turn"
        cd "$work/$turn"
        rm -rf .tend
        cp -r "$work/kept" .tend
        # Without GNU time the memory is not told.
        if [ -x /usr/bin/time ]; then
            /usr/bin/time -f %M -o "$work/memory" "$tend" train --depth "$depth" --epochs 3 --seed 7 \
                ${size:+--size "$size"} >/dev/null 2>"$work/errors" || { cat "$work/errors"; exit 1; }
        else
            "$tend" train --depth "$depth" --epochs 3 --seed 7 ${size:+--size "$size"} >/dev/null
        fi
    done
    if cmp "$work/first/.tend/models/0002/model.safetensors" "$work/second/.tend/models/0002/model.safetensors"; then
        echo "$depth: the same weights twice$([ ! -f "$work/memory" ] || echo ", $(($(tail -n 1 "$work/memory") / 1024)) MB at most")"
    else
        echo "$depth: the weights differ"
        bad=1
    fi
done
exit "$bad"
