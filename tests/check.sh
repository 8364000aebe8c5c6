# What test scripts count with: `. "$(dirname "$0")/../check.sh"`, checks, and `finish` at the end.
passed=0 failed=0 skipped=0
ok() { passed=$((passed + 1)); }
fail() { # fail WORDS...
    failed=$((failed + 1))
    printf 'FAIL %s: %s\n' "${0##*/}" "$*"
}
skip() { # skip WHY...
    skipped=$((skipped + 1))
    printf 'SKIP %s\n' "$*"
}
check() { # check WHAT COMMAND...
    what=$1
    shift
    if "$@"; then ok; else fail "$what"; fi
}
finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
    exit
}
