#!/bin/sh
# Includes point one way: tui -> labels, nn, data; labels -> data; nn -> data (a few headers). Libraries of
# others stay behind one module each. Prints every arrow that should not be there and fails.
set -u
bad=$(
    grep -rnE '^[[:space:]]*#[[:space:]]*include' --include='*.c' --include='*.h' data labels nn tui |
    awk -F: '
    function module(path) { split(path, part, "/"); return part[1] }
    function wrong(why) { printf "%s:%s: %s (%s)\n", $1, $2, $3, why }
    {
        from = module($1); line = $3
        if (match(line, /"[^"]+"/)) {
            to = substr(line, RSTART + 1, RLENGTH - 2); target = module(to)
            if (to !~ /\//) wrong("write the folder: \"dir/file.h\"")
            else if (target == from) {
                if (from == "tui") {
                    split($1, a, "/"); split(to, b, "/")
                    if (a[2] == "loop" && b[2] != "loop") wrong("loop knows no terminal")
                    if (a[2] == "terminal" && b[2] != "terminal") wrong("terminal stands alone")
                    if (a[2] == "screens" && b[2] == "commands") wrong("screens know no commands")
                }
            }
            else if (from == "data") wrong("data depends on nothing")
            else if (from == "labels" && target != "data") wrong("labels may use data only")
            else if (from == "nn" && target != "data") wrong("nn may use data only")
            else if (from == "nn" && to !~ /^data\/(status|file|memory|rng|preprocess|resample|bfloat16)\.h$|^data\/default\//)
                wrong("nn uses status, file, memory, rng, preprocess and bfloat16 of data")
        }
        if (line ~ /<n?curses(w)?\.h>|<ncursesw?\//  && $1 !~ /^tui\/(terminal|screens)\//) wrong("curses belongs to tui/terminal")
        if (line ~ /<sixel/     && $1 !~ /^tui\/terminal\/sixel\.c/) wrong("libsixel belongs to tui/terminal/sixel.c")
        if (line ~ /<cblas\.h>/ && $1 !~ /^nn\/gemm\.c/) wrong("BLAS belongs to nn/gemm.c")
        if (line ~ /<sqlite3/   && $1 !~ /^labels\/store/) wrong("SQLite belongs to labels/store")
        if (line ~ /<cjson/     && $1 !~ /^(nn\/weights|labels\/formats|tui\/commands)\//) wrong("cJSON belongs to nn/weights and labels/formats")
        if (line ~ /<pthread/   && $1 !~ /^(tui\/loop\/jobs|nn\/pool)\.c/) wrong("threads belong to tui/loop/jobs and nn/pool")
        if (line ~ /<stb\//     && $1 !~ /^data\//) wrong("stb belongs to data")
    }'
)
if [ -n "$bad" ]; then
    printf '%s\n' "$bad"
    echo "deps: $(printf '%s\n' "$bad" | wc -l) include(s) against the plan" >&2
    exit 1
fi
echo "deps: includes follow the plan"
