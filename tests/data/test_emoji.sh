#!/bin/sh
# The sample library of the demo: builds it twice where its packages are installed, and looks at what came out.
#   sh tests/data/test_emoji.sh BUILD
set -u
build=$1
. "$(dirname "$0")/../check.sh"


for file in /usr/share/unicode/emoji/emoji-test.txt /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf \
    /usr/include/freetype2/ft2build.h; do
    if [ ! -f "$file" ]; then
        skip "$file is not there: packages libfreetype-dev, fonts-noto-color-emoji, unicode-data"
        finish
    fi
done
san=$(printf '%s' "$build" | sed -n 's|^build/san-||p' | tr - ,)
if ! make -s "$build/emoji" "$build/tests/data/decode" SAN="$san" >/dev/null; then
    fail "$build/emoji does not build"
    finish
fi

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
check "the first run" "$build/emoji" "$out/a" >"$out/said"
check "the second run" "$build/emoji" "$out/b" >/dev/null
check "the same files both times" diff -r "$out/a" "$out/b"

pictures=$(find "$out/a/pictures" -name '*.png' | wc -l)
labels=$(($(wc -l <"$out/a/labels.csv") - 1))
start=$(($(wc -l <"$out/a/start.csv") - 1))
test=$(grep -c ',val$' "$out/a/labels.csv")
groups=$(tail -n +2 "$out/a/labels.csv" | cut -d, -f2 | sort -u | wc -l)
subgroups=$(tail -n +2 "$out/a/labels.csv" | cut -d, -f2,3 | sort -u | wc -l)
echo "$pictures pictures, $groups groups, $subgroups subgroups, $test kept aside, $start at the start"
check "about 1,800 pictures" [ "$pictures" -ge 1700 -a "$pictures" -le 2500 ]
check "a label for each" [ "$labels" -eq "$pictures" ]
check "its message tells the count" grep -q "^$pictures pictures" "$out/said"
check "about 9 groups" [ "$groups" -ge 8 -a "$groups" -le 12 ]
check "about 100 subgroups" [ "$subgroups" -ge 80 -a "$subgroups" -le 130 ]
check "about 15 % kept aside" [ $((test * 100)) -ge $((labels * 12)) -a $((test * 100)) -le $((labels * 18)) ]
check "at most two a subgroup at the start" [ "$start" -ge "$subgroups" -a "$start" -le $((subgroups * 2)) ]
check "the labels' header" [ "$(head -n 1 "$out/a/labels.csv")" = "photo,label1,label2,split" ]
check "the start's header" [ "$(head -n 1 "$out/a/start.csv")" = "photo,label1,label2" ]

# What is labelled at the start is never what is tested, and is labelled as in the whole list.
grep ',val$' "$out/a/labels.csv" | cut -d, -f1 | sort >"$out/test"
tail -n +2 "$out/a/start.csv" | cut -d, -f1 | sort >"$out/start"
check "no overlap of start and test" [ -z "$(comm -12 "$out/test" "$out/start")" ]
cut -d, -f1-3 "$out/a/labels.csv" | sort >"$out/all"
check "the start is part of the labels" [ -z "$(sort "$out/a/start.csv" | comm -23 - "$out/all")" ]

# A name tells code points only; every one listed is a picture, of many different contents.
check "names are code points" [ -z "$(ls "$out/a/pictures" | grep -v '^[0-9a-f-]*\.png$')" ]
missing=$(tail -n +2 "$out/a/labels.csv" | cut -d, -f1 | while read -r photo; do
    [ -s "$out/a/$photo" ] || echo "$photo"
done)
check "every listed picture is there" [ -z "$missing" ]
different=$(cd "$out/a/pictures" && cksum ./*.png | cut -d' ' -f1,2 | sort -u | wc -l)
check "pictures differ" [ "$different" -ge $((pictures * 95 / 100)) ]

# Sequences: a keycap, a flag of letters, a flag of tags, a family, a job.
for name in 23-fe0f-20e3 1f1e6-1f1f6 1f3f4-e0067-e0062-e0073-e0063-e0074-e007f \
    1f468-200d-1f469-200d-1f467 1f9d1-200d-1f33e; do
    check "$name has its picture" [ -s "$out/a/pictures/$name.png" ]
done
check "no skin colours" [ -z "$(ls "$out/a/pictures" | grep -E '1f3f[b-f]')" ]

check "all of them decode" "$build/tests/data/decode" 160 160 "$out"/a/pictures/*.png
check "wrong usage is told" sh -c "! '$build/emoji' >/dev/null 2>&1"
check "a folder that cannot be made is told" \
    sh -c "'$build/emoji' /dev/null/x 2>&1 >/dev/null | grep -q '^emoji: /dev/null/x'"
finish
