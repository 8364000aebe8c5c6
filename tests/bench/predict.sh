# tend predict from end to end beside the engine alone: pictures a second, and time of the CPU, in alternating
# rounds, the best of each. The ratio says what is left of the network's speed when photos are read, decoded, resized and their
# predictions written on the same cores.
#   [ROUNDS=3] [THREADS=2] sh tests/bench/predict.sh BUILD MODEL PHOTOS
# MODEL: a folder with config.json and model.safetensors; PHOTOS: a folder whose folders are labels.
set -eu
build=$(realpath "$1") model=$(realpath "$2") photos=$(realpath "$3")
rounds=${ROUNDS:-3} threads=${THREADS:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
network=$(sed -n 's/.*"architecture": *"\([^"]*\)".*/\1/p' "$model/config.json")
mkdir "$work/project"
cd "$work/project"
"$build/tend" init "$photos" --labels folders --model "$model" >/dev/null
"$build/tend" train --depth head --epochs 1 >/dev/null
mv .tend "$work/kept"

i=0
while [ "$i" -lt "$rounds" ]; do
    i=$((i + 1))
    "$build/tests/bench/speed" -n "$network" -t "$threads" -r 4 forward1 forward | sed 's/^/wall /'
    "$build/tests/bench/speed" -n "$network" -t 1 -c -r 4 forward1 forward | sed 's/^/cpu /'
    rm -rf .tend
    cp -r "$work/kept" .tend
    start=$(date +%s.%N)
    bash -c 'TIMEFORMAT="%U %S"; time "$0" predict --threads "$1" --out out.csv >/dev/null 2>&1' \
        "$build/tend" "$threads" 2>"$work/times"
    end=$(date +%s.%N)
    n=$(($(wc -l <out.csv) - 1))
    awk -v n="$n" -v passed="$(awk -v a="$start" -v b="$end" 'BEGIN { print b - a }')" \
        '{ print "wall predict", n / passed; print "cpu predict", n / ($1 + $2) }' "$work/times"
done >"$work/rates"
sort -k1,2 -k3n "$work/rates" | awk -v network="$network" -v threads="$threads" '
    { key = $1 " " $2; value[key, ++n[key]] = $3 }
    function best(key) { return value[key, n[key]] }
    function line(clock, what,  engine) {
        engine = best(clock " forward1") > best(clock " forward") ? best(clock " forward1") : best(clock " forward")
        printf "%-34s engine alone %7.1f   tend predict %7.1f   %5.1f %%\n", what, engine,
            best(clock " predict"), 100 * best(clock " predict") / engine
    }
    END {
        print network ", pictures a second"
        line("wall", "time passed, " threads " threads")
        line("cpu", "time of the CPU, one core")
    }'
