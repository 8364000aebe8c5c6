#!/bin/sh
# Trains the default network again: about 45 minutes on two free cores. A run that was stopped goes on from its last epoch.
#   sh data/default/train.sh TEND PHOTOS TEACHER [OUT]
# PHOTOS: a folder of photos, no labels needed. TEACHER: a model folder (tf_mobilenetv2_100). Both files of the network
# are replaced at the end; `make` then builds them into the program.
set -eu
tend=$1 photos=$2 teacher=$3 out=${4:-build/default-network}
if [ -z "$photos" ] || [ -z "$teacher" ]; then
    echo "usage: make default-network PHOTOS=folder TEACHER=model-folder" >&2
    exit 2
fi
mkdir -p "$(dirname "$out")"
learn() {
    "$tend" distill "$photos" --teacher "$teacher" --arch mobilenetv2_050 --size 96 --teacher-size 112 \
        --use-size 128 --batch 32 --threads 2 "$@"
}
learn --out "$out" --epochs 25 --seed 1
learn --out "$out-2" --epochs 10 --seed 2 --rate 0.05 --start "$out/checkpoint.safetensors"
cp "$out-2/model/model.safetensors" "$out-2/model/config.json" data/default/
