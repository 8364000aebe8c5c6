#!/bin/sh
# Takes the README's picture: the demo's review in a real xterm with sixel, under an X server nobody sees.
#   sh tests/tools/screenshot.sh BUILD
set -eu
build=$1
out=data/sample/review.png
sh .make/packages.sh xvfb xterm xdotool imagemagick fonts-dejavu-core
sh data/sample/demo.sh "$build" </dev/null
work=$(mktemp -d)
server='' terminal=''
cleanup() {
    [ -z "$terminal" ] || kill "$terminal" 2>/dev/null || true
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

Xvfb -displayfd 3 -screen 0 1400x900x24 -nolisten tcp 3>"$work/display" >/dev/null 2>&1 &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$work/display" ] && break
    sleep 0.5
done
DISPLAY=:$(cat "$work/display")
export DISPLAY

# A copy of the project: what is decided for the picture stays out of the demo.
cp -r "$build/sample/emoji" "$work/sample"
tend=$(realpath "$build/tend")
(cd "$work/sample" && "$tend" predict --out "$work/predicted.csv" >/dev/null)
env -u TMUX LC_ALL=C.UTF-8 xterm -tn xterm-256color -geometry 100x30+0+0 -fa 'DejaVu Sans Mono' -fs 11 \
    -bg black -fg grey85 -b 2 +sb -xrm '*decTerminalID: vt340' -xrm '*decGraphicsID: vt340' \
    -xrm '*numColorRegisters: 256' -xrm '*maxGraphicSize: 4000x3000' -xrm '*cursorBlink: false' \
    -e sh -c "cd '$work/sample' && exec '$tend' review --order sure" &
terminal=$!
sleep 3
# The first is taken for sheet music: it is corrected, and the next, a page too, is then seen as one.
for key in Return b o o k Return a a t a a; do
    xdotool key --clearmodifiers "$key"
    sleep 1
done
import -window "$(xdotool search --onlyvisible --class xterm | head -n 1)" "$work/review.png"
convert "$work/review.png" -colors 256 -define png:compression-level=9 "PNG8:$out"
echo "$out: $(wc -c <"$out") bytes"
