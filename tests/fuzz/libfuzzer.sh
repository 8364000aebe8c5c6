#!/bin/sh
# Runs libFuzzer on targets, one after the other; what it found on the way is kept in FOLDER/corpus/TARGET and is
# where the next run goes on, an input that fails in FOLDER/found. Run through `make fuzz`.
#   sh tests/fuzz/libfuzzer.sh FOLDER SECONDS TARGET...
set -u
folder=$(cd "$1" && pwd) seconds=$2 # from the root: some targets go to a folder of their own
export FUZZ_IMPORTS=1           # each input is imported: which ones may not depend on those before
shift 2
mkdir -p "$folder/found"
failed=0
for target in "$@"; do
    corpus=$folder/corpus/$target log=$folder/$target.log
    mkdir -p "$corpus" "$folder/seeds/$target"
    FUZZ_SEEDS=$folder/seeds/$target "$folder/fuzz_$target.libfuzzer" "$corpus" "$folder/seeds/$target" \
        -max_total_time="$seconds" -timeout=25 -rss_limit_mb=4096 -malloc_limit_mb=2048 \
        -artifact_prefix="$folder/found/$target-" -print_final_stats=1 >"$log" 2>&1
    status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    echo "$target: ${runs:-0} inputs, ${covered:-0} places reached, status $status"
    [ "$status" -eq 0 ] || {
        failed=1
        tail -n 40 "$log"
    }
done
exit $failed
