#!/bin/sh
# Trains the default network again, in five runs: on small views, which cost little, then on larger ones, the last two on
# other views. A run that was stopped goes on from its last epoch, the teacher's answers from the last view that is whole.
#   sh data/default/train.sh TEND PHOTOS TEACHER [OUT]
# PHOTOS: a folder of photos, no labels needed. TEACHER: a model folder (tf_mobilenetv2_100). Both files of the network
# are replaced at the end; `make` then builds them into the program.
# For a short try: VIEWS=1 EPOCHS="1 1 1 1 1" TO=/tmp sh data/default/train.sh TEND PHOTOS TEACHER /tmp/try
set -eu
tend=$1 photos=$2 teacher=$3 out=${4:-build/default-network}
if [ -z "$photos" ] || [ -z "$teacher" ]; then
    echo "usage: make default-network PHOTOS=folder TEACHER=model-folder" >&2
    exit 2
fi
# shellcheck disable=SC2086
set -- ${EPOCHS:-190 40 10 40 9}
small=$1 middle=$2 large=$3 other=$4 last=$5
mkdir -p "$out"
learn() { # learn RUN SEED VIEWS OPTIONS
    run=$1 seed=$2 views=$3
    shift 3
    "$tend" distill "$photos" --teacher "$teacher" --teacher-size 224 --views "${VIEWS:-$views}" --seed "$seed" \
        --answers "$out/answers$seed" --arch mobilenetv4_conv_small_080h --batch 64 --decay 0.02 --threads 2 \
        --use-size 224 --out "$out/$run" "$@"
}
learn small 1 32 --size 96 --epochs "$small" --rate 0.003
learn middle 1 32 --size 160 --epochs "$middle" --rate 0.0012 --start "$out/small/checkpoint.safetensors"
learn large 1 32 --size 192 --epochs "$large" --rate 0.0008 --start "$out/middle/checkpoint.safetensors"
learn other 2 12 --size 192 --epochs "$other" --rate 0.0012 --start "$out/large/model/model.safetensors"
learn last 2 12 --size 224 --epochs "$last" --rate 0.0006 --start "$out/other/checkpoint.safetensors"
cp "$out/last/model/model.safetensors" "$out/last/model/config.json" "${TO:-data/default}/"
