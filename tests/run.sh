#!/bin/sh
# Runs every test program and script, each in turn, and adds up their last lines.
#   sh tests/run.sh BUILD
set -u
build=$1
passed=0 failed=0 skipped=0
export LC_ALL="${LC_ALL:-C.UTF-8}"
export TSAN_OPTIONS="${TSAN_OPTIONS:-suppressions=$(pwd)/tests/tools/tsan.supp}"
export TEND="$(pwd)/$build/tend"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

run() {
    name=$1
    shift
    "$@" >"$log" 2>&1 </dev/null
    status=$?
    last=$(tail -n 1 "$log")
    counts=$(printf '%s\n' "$last" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p')
    if [ -z "$counts" ]; then
        counts="0 1 0"
        printf 'FAIL %s: ended with status %s before its last line\n' "$name" "$status"
        tail -n 40 "$log"
    elif [ "$status" -ne 0 ]; then
        grep -v '^SKIP' "$log" | tail -n 60
    fi
    grep '^SKIP' "$log" | sed "s|^|$name: |"
    # shellcheck disable=SC2086
    set -- $counts
    [ "$status" -eq 0 ] || [ "$2" -gt 0 ] || set -- "$1" 1 "$3"
    printf '%-40s %3d passed %3d failed %3d skipped\n' "$name" "$1" "$2" "$3"
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

for program in "$build"/tests/*/test_* "$build"/tests/fuzz/fuzz_*; do
    [ -f "$program" ] && [ -x "$program" ] && run "${program#"$build"/tests/}" "$program"
done
for script in tests/*/test_*.sh; do
    [ -f "$script" ] && run "${script#tests/}" sh "$script" "$build"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
