#!/bin/sh
# Opens the review on a sample library: emoji pictures with the two levels their standard gives them. A few
# are labelled at the start, some are kept aside to test every new model with; the program has not seen the labels
# of the others. The surest come first: there is something to accept. Made once, in one piece; what was reviewed
# stays. Without a terminal it tells what it would show.
#   sh data/sample/demo.sh BUILD
set -eu
build=$(cd "$1" && pwd)
tend=$build/tend
sample=$build/sample/emoji

# Labels of split val: never trained on. The split is the last column.
kept_rows() {
    awk 'NR == 1 || /,val\r?$/' "$1"
}

make_sample() {
    rm -rf "$sample" "$sample.new"
    mkdir -p "$build/sample"
    echo "Making the sample library (once):"
    "$build/emoji" "$sample.new"
    (
        cd "$sample.new"
        kept_rows labels.csv >kept.csv
        "$tend" init pictures
        "$tend" import start.csv
        "$tend" import kept.csv
    )
    mv "$sample.new" "$sample"
}

[ -d "$sample/.tend" ] || make_sample
cd "$sample"
if [ -t 0 ] && [ -t 1 ]; then
    echo "Opening the review: a accepts, ? lists the keys, q quits. (make demo-reset forgets what was reviewed.)"
else
    echo "In a terminal \`make demo\` opens this:"
fi
exec "$tend" review --order sure
