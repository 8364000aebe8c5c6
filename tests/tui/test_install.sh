#!/bin/sh
# What `make install` puts where, that it is taken away again, what the shells complete, and the Debian package.
#   sh tests/tui/test_install.sh BUILD
set -u
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 XDG_CONFIG_HOME="$work/config"
cd "$work" || exit 1
. "$source/tests/check.sh"
same() { # IS WANTED WHAT
    if [ "$1" = "$2" ]; then ok; else fail "$3: '$1' is not '$2'"; fi
}
# The targets of install and uninstall; the program is not built again. A blank in the place is no trouble.
make_here() { make -s -C "$source" "$1" BUILD="$build" DESTDIR="$work/a root" PREFIX=/usr >make.log 2>&1; }

# ---- installed
check "make install: $(head -n 3 make.log 2>/dev/null)" make_here install
(cd "a root" && find . -type f -printf '%m %P\n' | sort -k 2) >files
cat >wanted <<'FILES'
755 usr/bin/tend
644 usr/share/bash-completion/completions/tend
644 usr/share/man/man1/tend.1
644 usr/share/zsh/site-functions/_tend
FILES
check "installed is something else: $(cat files)" cmp -s files wanted
installed="$work/a root/usr"
tend=$installed/bin/tend
same "$("$tend" --version)" "$("$build/tend" --version)" "version of the installed program"
"$tend" help man >man
check "the man page is another one" cmp -s man "$installed/share/man/man1/tend.1"
"$tend" help bash >tend.bash
check "bash's completion is another one" cmp -s tend.bash "$installed/share/bash-completion/completions/tend"
"$tend" help zsh >_tend
check "zsh's completion is another one" cmp -s _tend "$installed/share/zsh/site-functions/_tend"

# the network and all else it needs to begin is in the program itself
quiet() { "$@" >out 2>&1; }
mkdir -p photos/warm photos/cold
awk 'BEGIN { printf "P6\n8 8\n255\n"; for (i = 0; i < 64; i++) printf "%c%c%c", 100, 30, i + 32 }' >photos/warm/a.ppm
awk 'BEGIN { printf "P6\n8 8\n255\n"; for (i = 0; i < 64; i++) printf "%c%c%c", 30, i + 32, 100 }' >photos/cold/b.ppm
check "init with the installed program" quiet "$tend" init photos --labels folders
check "predict with the installed program: $(cat out)" quiet "$tend" predict --out p.csv
check "predictions of the installed program" test "$(grep -c '^photos/.*,\(warm\|cold\)' p.csv)" -eq 2

# ---- the table: every command, every option of its help, no option without help
sed -n "/<<'TABLE'/,/^TABLE/p" tend.bash >table
tab=$(printf '\t')
commands=$("$tend" help | sed -n 's/^  \([a-z]*\) .*/\1/p')
check "there are commands" test "$(echo "$commands" | wc -l)" -gt 15
for command in $commands; do
    printf '%s\t--help\n' "$command"
    "$tend" help "$command" | sed -n 's/^  \(--[a-z-]*\).*/\1/p' | sed "s/^/$command$tab/"
done | sort -u >told
for command in $commands; do
    # words of the help, all of it: some options are told beside others
    "$tend" help "$command" | grep -oE -- '(^|[^a-z-])--[a-z_-]+' | sed -E "s/^[^-]?/$command$tab/"
    printf '%s\t--help\n' "$command"
done | sort -u >mentioned
awk -F '\t' '$2 ~ /^--/ && $1 != "-" { print $1 "\t" $2 }' table | sort -u >offered
same "$(awk -F '\t' '$1 == "-" && $2 !~ /^-/ && $2 != "help" { print $2 }' table)" "$commands" "commands completed"
same "$(comm -23 told offered)" "" "options of the help that are not completed"
same "$(comm -23 offered mentioned)" "" "options that the help does not tell"
same "$(awk -F '\t' 'NR > 1 && $0 != "TABLE" && NF != 5' table)" "" "rows of other than five fields"

# ---- bash
# offers WORD...: what bash completes behind these, on one line; an empty last word asks for all
cat >complete.bash <<'BASH'
source ./tend.bash
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_tend
printf '%s ' "${COMPREPLY[@]}"
BASH
offers() { bash --norc complete.bash "$@"; }
# Each line: words with blanks between, `|`, what is offered. ~ is an empty word.
cat >cases <<'CASES'
tend ex|export
tend --v|--version
tend train --dep|--depth
tend train --depth ~|head blocks full
tend train --depth b|blocks
tend train --depth = f|full
tend train --depth =|head blocks full
tend export --format l|labelstudio
tend import --format dat|datumaro
tend review --order s|sure suspect similar
tend simulate --order ~|doubt sure file random
tend review --graphics k|kitty
tend review --filter dis|disagree disputed
tend predict --split ~|train val test
tend models ~|use show add rm compare
tend tree ~|add rename move merge rm
tend set mouse ~|on off
tend set picture|picture.bytes
tend help mod|models
tend help ke|keys keys.md
tend init --taxonomy ph|photos
tend init --labels fo|folders
tend init ph|photos
tend train --seed ~|
tend nothing ~|
CASES
if command -v bash >/dev/null 2>&1; then
    check "bash cannot read its script" bash -n tend.bash
    while IFS='|' read -r words wanted; do
        set --
        for word in $words; do
            [ "$word" = '~' ] && word=
            set -- "$@" "$word"
        done
        same "$(offers "$@" | sed 's/ *$//')" "$wanted" "bash behind '$words'"
    done <cases
else
    skip "bash is not installed"
fi

# ---- zsh: its own functions are replaced by ones that print
cat >complete.zsh <<'ZSH'
compdef() { :; }
compset() { PREFIX=${PREFIX#*=}; }
_files() { local f; for f in "$PREFIX"*(N); do print -rn -- "$f "; done; }
_describe() { compadd -- "${(@)${(P)2}%%:*}"; }
compadd() {
    while [[ $1 == -* ]]; do [[ $1 == -S ]] && shift; [[ $1 == -- ]] && { shift; break; }; shift; done
    local word
    for word; do [[ $word == "$PREFIX"* ]] && print -rn -- "$word "; done
}
source ./_tend
words=("$@") CURRENT=$# PREFIX=$argv[$#]
_tend
ZSH
if command -v zsh >/dev/null 2>&1; then
    check "zsh cannot read its script" zsh -n _tend
    grep -v ' =' cases >zcases
    echo 'tend train --depth=b|blocks' >>zcases
    while IFS='|' read -r words wanted; do
        set --
        for word in $words; do
            [ "$word" = '~' ] && word=
            set -- "$@" "$word"
        done
        same "$(zsh -f complete.zsh "$@" | sed 's/ *$//')" "$wanted" "zsh behind '$words'"
    done <zcases
else
    skip "zsh is not installed"
fi

# ---- taken away
check "make uninstall" make_here uninstall
same "$(find "a root" -type f)" "" "files left by make uninstall"

# ---- the Debian package
if command -v dpkg-deb >/dev/null 2>&1; then
    mkdir "$work/deb"
    version=$("$build/tend" --version | cut -d ' ' -f 2)
    package=$(cd "$source" && DEB_BUILD="$work/deb" sh .make/deb.sh "$build" "$version" 2>"$work/deb.log")
    check "make deb: $(head -n 3 deb.log)" test -f "$package"
    same "$(dpkg-deb -f "$package" Package Section | paste -sd' ')" "Package: tend Section: graphics" "fields of the package"
    for library in libc6 libsqlite3 libcjson libutf8proc libjpeg libsixel libopenblas libncurses; do
        check "the package does not want $library" sh -c "dpkg-deb -f '$package' Depends | grep -q '$library'"
    done
    dpkg-deb -c "$package" | sed -n 's/^-\([rwx-]*\) \(root.root\) .* \.\(\/.*\)/\1 \2 \3/p' | sort -k 3 >files
    cat >wanted <<'FILES'
rwxr-xr-x root/root /usr/bin/tend
rw-r--r-- root/root /usr/share/bash-completion/completions/tend
rw-r--r-- root/root /usr/share/doc/tend/changelog.Debian.gz
rw-r--r-- root/root /usr/share/doc/tend/copyright
rw-r--r-- root/root /usr/share/man/man1/tend.1.gz
rw-r--r-- root/root /usr/share/zsh/vendor-completions/_tend
FILES
    check "in the package is something else: $(cat files)" cmp -s files wanted
    dpkg-deb -x "$package" unpacked
    same "$(unpacked/usr/bin/tend --version)" "tend $version" "version of the packaged program"
    gzip -dc unpacked/usr/share/man/man1/tend.1.gz >packed.1
    check "the packaged man page is another one" cmp -s man packed.1
    check "the log of changes has no version" sh -c \
        "gzip -dc unpacked/usr/share/doc/tend/changelog.Debian.gz | head -n 1 | grep -q '^tend ($version-1) '"
    if command -v dpkg-parsechangelog >/dev/null 2>&1; then
        gzip -dc unpacked/usr/share/doc/tend/changelog.Debian.gz >log
        same "$(dpkg-parsechangelog -l log 2>&1 >/dev/null)" "" "what dpkg-parsechangelog minds"
    fi
    if command -v lintian >/dev/null 2>&1; then
        # the package was not asked for in Debian: no bug there is closed by it
        same "$(lintian --allow-root --suppress-tags initial-upload-closes-no-bugs "$package" 2>&1 |
            grep -E '^[EW]: ')" "" "what lintian minds"
    else
        skip "lintian is not installed"
    fi
else
    skip "dpkg-deb is not installed"
fi

finish
