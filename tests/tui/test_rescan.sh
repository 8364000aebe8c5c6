#!/bin/sh
# Photos that are moved, exchanged, changed, removed and added behind the project's back.
#   sh tests/tui/test_rescan.sh BUILD
set -u
build=$(cd "$1" && pwd)
tend=$build/tend json=$build/tests/tui/json_check
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 XDG_CONFIG_HOME="$work/config"
. "$(dirname "$0")/../check.sh"
picture() { # picture FILE SEED
    awk -v s="$2" 'BEGIN { srand(s); printf "P6\n24 24\n255\n"
        for (i = 0; i < 1728; i++) printf "%c", 1 + int(rand() * 126) }' >"$1"
}
mkdir -p "$work/p/a" "$work/p/b"
cd "$work/p" || exit 1
for i in 1 2 3 4 5 6 7 8; do picture "a/$i.ppm" "$i" && touch -d "2020-01-0$i" "a/$i.ppm"; done
printf 'photo,label1\n' >labels.csv
for i in 1 2 3 4 5 6 7 8; do echo "a/$i.ppm,label $i"; done >>labels.csv
"$tend" init . --labels labels.csv >"$work/out" 2>&1
"$tend" train --depth head >"$work/out" 2>&1
"$tend" predict --out before.csv >"$work/out" 2>&1

rescan() { "$tend" rescan "$@" >"$work/out" 2>"$work/err"; }
says() { grep -qF -- "$1" "$work/out"; }
# label FILE: as the project has it
label() { "$tend" export --format csv 2>/dev/null | sed -n "s|^$1,\([^,]*\).*|\1|p"; }

rescan
check "nothing has changed" says "8 as they were, 0 moved, 0 changed, 0 missing; 0 new"
touch -d '2001-01-01' a/1.ppm
rescan
check "another time is no other photo" says "8 as they were, 0 moved, 0 changed, 0 missing; 0 new"

mv a/2.ppm "b/another name.ppm"           # moved
mv a/3.ppm x && mv a/4.ppm a/3.ppm && mv x a/4.ppm # exchanged
mv a/5.ppm b/5.ppm && mv a/6.ppm a/5.ppm  # a row of three places
picture a/7.ppm 700                       # changed
rm a/8.ppm                                # gone
picture b/new.ppm 800
cp b/new.ppm b/copy.ppm
rescan --dry-run
check "only told" says "moved    a/2.ppm -> b/another name.ppm"
before_features=$(for i in .tend/cache/features-*; do stat -c %s "$i"; done | tr '\n' ' ')
check "nothing was written" [ "$(label a/2.ppm)" = "label 2" ]
rescan
check "the sums" says "1 as they were, 5 moved, 1 changed, 1 missing; 2 new (--add takes them in)"
check "a changed one is told" says "changed  a/7.ppm"
check "a missing one is told" says "missing  a/8.ppm"
check "moved" [ "$(label 'b/another name.ppm')" = "label 2" ]
check "exchanged" [ "$(label a/3.ppm) $(label a/4.ppm)" = "label 4 label 3" ]
check "in a row" [ "$(label b/5.ppm) $(label a/5.ppm)" = "label 5 label 6" ]
features=$(for i in .tend/cache/features-*; do stat -c %s "$i"; done | tr '\n' ' ')
check "its features are forgotten" [ "$features" != "$before_features" ]
check "labels stay with a changed photo" [ "$(label a/7.ppm)" = "label 7" ]
rescan --json
check "after that all is well" [ "$("$json" same <"$work/out") $("$json" new <"$work/out")" = "7 2" ]
"$tend" predict --out after.csv >"$work/out" 2>&1
row() { sed -n "s|^$2,||p" "$1"; }
check "a moved one is not predicted anew" [ "$(row before.csv a/2.ppm)" = "$(row after.csv 'b/another name.ppm')" ]
check "the changed one is" [ "$(row before.csv a/7.ppm)" != "$(row after.csv a/7.ppm)" ]
check "and is in the table" [ -n "$(row after.csv a/7.ppm)" ]

picture a/8.ppm 8 # there again
rescan --add
check "what came back is there" says "8 as they were, 0 moved, 0 changed, 0 missing; 2 new"
check "new ones are taken in" [ "$("$tend" review </dev/null | sed -n 's/^photos *\([0-9]*\).*/\1/p')" = 10 ]

rm a/1.ppm && mv a/3.ppm a/1.ppm # into the place of one that is gone
rescan
check "into another's place" says "moved    a/3.ppm -> a/1.ppm"
check "with its label" [ "$(label a/1.ppm)" = "label 4" ]
picture b/back.ppm 1
rescan
check "found again from there" [ "$(label b/back.ppm)" = "label 1" ]
touch -r a/4.ppm x && picture a/4.ppm 900 && touch -r x a/4.ppm && rm x
rescan --dry-run
check "same size and time: taken for the same" says ", 0 changed"
rescan --dry-run --all
check "but not when all are read" says "changed  a/4.ppm"
# Two photos with one content, and one file that has it: one of them is there.
picture a/twin.ppm 50 && cp a/twin.ppm b/twin.ppm && rescan --add
rm a/twin.ppm b/twin.ppm && picture b/one.ppm 50
rescan
check "a file is one photo's" says "moved    a/twin.ppm -> b/one.ppm"
check "the other's is missing" says "missing  b/twin.ppm"
rescan --add
check "it is nobody's but his" says "1 missing; 0 new"
cp b/one.ppm b/twin.ppm
rescan
check "back in its place" says "0 missing; 0 new"

# What is in a photo's place is no photo.
mv a/4.ppm kept && mkdir a/4.ppm && timeout 60 "$tend" rescan >"$work/out" 2>"$work/err"
check "a folder is in its place" says "missing  a/4.ppm"
rmdir a/4.ppm && mkfifo a/4.ppm && timeout 60 "$tend" rescan >"$work/out" 2>"$work/err"
check "a pipe is in its place" says "missing  a/4.ppm"
rm a/4.ppm && mv kept a/4.ppm
mv b kept && ln -s b b
rescan
check "who cannot look does not say missing" says "0 missing"
check "but that nobody could look" grep -qE "photo\(s\) could not be looked at and stay as they are; the first: .*/b/.*levels of symbolic links" "$work/err"
rm b && mv kept b
rescan
check "nothing was lost by that" says "0 moved, 0 changed, 0 missing; 0 new"

# Photos vanish and come back while they are read.
labels() { "$tend" export --format csv 2>/dev/null | cut -d , -f 2 | sort | cksum; }
before=$(labels)
(while [ ! -f "$work/enough" ]; do mv a "$work/away" && mv "$work/away" a; done) &
for i in 1 2 3 4 5 6 7 8; do rescan --all || echo "$i: $(cat "$work/err")" >>"$work/troubles"; done
touch "$work/enough" && wait
check "no trouble with photos that vanish" [ ! -s "$work/troubles" ]
rescan
check "all found again" says "0 missing; 0 new"
check "with their labels" [ "$(labels)" = "$before" ]

# A disk on which nothing can be written.
read_only() { # read_only WORDS...: with the project so
    if [ "$(id -u)" -eq 0 ]; then
        unshare -m sh -c 'mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" && exec "$@"' sh "$@"
    else
        chmod -R a-w . && "$@"
        status=$?
        chmod -R u+w .
        return $status
    fi
}
mv a/4.ppm b/4.ppm
if read_only true 2>/dev/null; then
    read_only "$tend" rescan >"$work/out" 2>"$work/err"
    check "read only: fails" [ $? -eq 1 ]
    check "and says so" grep -qiE '^tend: .*read.only' "$work/err"
    check "in one sentence" [ "$(wc -l <"$work/err")" -eq 1 ]
else
    skip "rescan of what is read only"
fi
rescan
check "and is done later" says "moved    a/4.ppm -> b/4.ppm"
rescan "$work/nowhere" && rescan_status=0 || rescan_status=1
check "no such folder" [ $rescan_status -eq 1 ]

# Photos of one content: the name tells which is which, whatever their order.
mkdir -p "$work/twins/c" "$work/twins/d" && cd "$work/twins" || exit 1
picture c/x.ppm 60 && cp c/x.ppm c/y.ppm
printf 'photo,label1\nc/x.ppm,cat\nc/y.ppm,dog\n' >labels.csv && "$tend" init . --labels labels.csv >"$work/out" 2>&1
rm c/x.ppm && mv c/y.ppm d/y.ppm && rescan
check "by its name" says "moved    c/y.ppm -> d/y.ppm"
check "the first one is missing" says "missing  c/x.ppm"
check "with its own label" [ "$(label d/y.ppm)" = dog ]
check "of which nobody is in doubt" [ "$(grep -c 'not sure' "$work/out")" = 0 ]
mkdir -p c/m c/n d/e/n d/e/m && cp d/y.ppm c/m/z.ppm && cp d/y.ppm c/n/z.ppm && rescan --add
printf 'photo,label1\nc/m/z.ppm,cat\nc/n/z.ppm,dog\n' >labels.csv && "$tend" import labels.csv >"$work/out" 2>&1
mv c/n/z.ppm d/e/m/other && mv c/m/z.ppm d/e/m/z.ppm && mv d/e/m/other d/e/n/z.ppm && rescan
check "by the folder's name" [ "$(label d/e/m/z.ppm) $(label d/e/n/z.ppm)" = "cat dog" ]
mv d/e/m/z.ppm d/e/1.ppm && mv d/e/n/z.ppm d/e/2.ppm && rescan --dry-run
check "no name tells" says "moved    d/e/m/z.ppm -> d/e/1.ppm (not sure)"
check "that is said" says "2 not sure: more photos than one had this content"
rescan --json
check "as JSON, too" grep -q '"unsure"' "$work/out"
mkdir "$work/ends" && cd "$work/ends" || exit 1
# Photos whose ends are alike: 3 MB of one colour, and something in the middle.
same_ends() { # same_ends FILE BYTE
    { printf 'P6\n1000 1000\n255\n' && head -c 1500000 /dev/zero && printf '%b' "$2" &&
        head -c 1499999 /dev/zero; } >"$1"
    touch -d 2020-01-01 "$1"
}
mkdir e && same_ends e/cat.ppm '\001' && same_ends e/dog.ppm '\002'
printf 'photo,label1\ne/cat.ppm,cat\ne/dog.ppm,dog\n' >labels.csv
"$tend" init . --labels labels.csv >"$work/out" 2>&1
mv e/cat.ppm x && mv e/dog.ppm e/cat.ppm && mv x e/dog.ppm && rescan --all
check "exchanged, with ends that are alike" says ", 2 moved, 0 changed"
check "labels go along" [ "$(label e/cat.ppm) $(label e/dog.ppm)" = "dog cat" ]
same_ends e/cat.ppm '\003' && touch e/cat.ppm && rescan
check "changed in the middle" says "changed  e/cat.ppm"
"$tend" export --format folders --out sorted >"$work/out" 2>&1 && rescan --add
check "links to photos of the project are no new ones" says "; 0 new"
finish
