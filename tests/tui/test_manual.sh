#!/bin/sh
# Keys, commands and settings stand in the man page, in `tend help keys` and in the README.
#   sh tests/tui/test_manual.sh BUILD
set -u
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
tend=$build/tend
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 XDG_CONFIG_HOME="$work/config"
cd "$work" || exit 1
. "$source/tests/check.sh"
# FILE with the line in it, as a whole
holds() { grep -qxF -- "$2" "$1"; }

"$tend" help man >man || fail "tend help man"
"$tend" help keys >keys || fail "tend help keys"
"$tend" help keys.md >keys.md || fail "tend help keys.md"
sed -e 's/\\-/-/g' -e 's/\\&//g' -e 's/\\e/\\/g' man >plain

# every format that can be asked for
"$tend" help formats >formats || fail "tend help formats"
for format in $(sed -n '2,/^$/s/^  \([a-z]*\) .*/\1/p' formats); do
    check "the man page has no format $format" holds plain ".B $format"
done
check "the formats of other tools are told" test "$(grep -c '^    [[{]' formats)" -ge 5

# every command with its usage, every key with its name
for command in $("$tend" help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
    usage=$("$tend" help "$command" | sed -n '1s/^usage: //p')
    check "the man page has no tend $command" holds plain ".B $usage"
done
sed -n 's/^| `\(.*\)` | \([a-z-]*\) |.*/\1   :\2/p' keys.md >names
check "there are keys" test "$(wc -l <names)" -gt 30
while IFS= read -r item; do
    check "the man page has no $item" holds plain ".B $item"
    name=${item##*:}
    check "tend help keys has no $name" grep -q -- " :$name  *[a-zA-Z0-9]" keys
done <names
for setting in mouse picture.bytes; do
    check "the man page has no $setting" holds plain ".B $setting"
done

# no line of the page is a request by mistake
if grep -E "^[.']" man | grep -qvE '^\.(TH|SH|SS|TP|B|PP|nf|fi)( |$)'; then fail "unknown requests in the man page"; else ok; fi
if command -v mandoc >/dev/null 2>&1; then
    if mandoc -T lint -W warning man >lint 2>&1; then ok; else fail "mandoc: $(head -n 3 lint)"; fi
else
    skipped=$((skipped + 1))
    echo "SKIP mandoc is not installed"
fi

# the README holds the table as it is now
sed -n '/^<!-- keys -->/,/^<!-- \/keys -->/p' "$source/README.md" | grep -v '^<!-- ' >readme
if cmp -s readme keys.md; then ok; else fail "the README's table of keys is old; \`make keys\` writes it"; fi

# key files that count are shown
mkdir -p config/tend
printf 'bind F7 train-full\n' >config/tend/keys
"$tend" help keys >keys
check "a key of one's own" grep -q '^  F7  T  *:train-full ' keys
printf 'bind F7\n' >config/tend/keys
"$tend" help keys >keys 2>err
check "a wrong line is said" grep -qF "config/tend/keys:1: a line is" err

finish
