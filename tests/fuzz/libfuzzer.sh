#!/bin/sh
# Runs libFuzzer on targets, one after the other. It begins with
#   - the inputs that the target makes itself (fuzz_seed in fuzz_TARGET.c; written to FOLDER/seeds/TARGET),
#   - tests/fuzz/corpus/TARGET, where there is one: what those do not reach,
#   - what earlier runs found on the way, in FOLDER/corpus/TARGET, which is where this one goes on;
# an input that fails is in FOLDER/found. Run through `make fuzz`. How tests/fuzz/corpus is made anew, from a folder
# that begins with the seeds:
#   FUZZ_IMPORTS=1 FOLDER/fuzz_TARGET.libfuzzer -set_cover_merge=1 -use_counters=0 NEW FOLDER/corpus/TARGET
#   rm NEW/seed-*
# and of that what is short. Nothing in it comes from anybody's photos or labels.
#   sh tests/fuzz/libfuzzer.sh FOLDER SECONDS TARGET...
set -u
committed=$(pwd)/tests/fuzz/corpus
folder=$(cd "$1" && pwd) seconds=$2 # from the root: some targets go to a folder of their own
export FUZZ_IMPORTS=1           # each input is imported: which ones may not depend on those before
shift 2
mkdir -p "$folder/found"
failed=0
for target in "$@"; do
    corpus=$folder/corpus/$target log=$folder/$target.log
    mkdir -p "$corpus" "$folder/seeds/$target"
    set -- "$corpus" "$folder/seeds/$target"
    [ ! -d "$committed/$target" ] || set -- "$@" "$committed/$target"
    FUZZ_SEEDS=$folder/seeds/$target "$folder/fuzz_$target.libfuzzer" "$@" \
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
