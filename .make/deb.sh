#!/bin/sh
# Builds the Debian package from an installed tree: build/tend_VERSION_ARCH.deb.
#   sh .make/deb.sh BUILD VERSION
# DEB_BUILD says another folder for it. Wants dpkg-deb; with dpkg-shlibdeps (of dpkg-dev) the packages it depends on carry versions.
set -eu
build=$1 version=$2 out=${DEB_BUILD:-$1}
command -v dpkg-deb >/dev/null 2>&1 || { echo "make deb wants dpkg-deb" >&2; exit 1; }
work=$out/deb root=$out/deb/root
revision=$version-1
arch=$(dpkg --print-architecture)
doc=$root/usr/share/doc/tend

# Who and when are those of the last commit: the same source makes the same package.
if git rev-parse --git-dir >/dev/null 2>&1; then
    maintainer=$(git log -1 --format='%an <%ae>')
    SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
else
    maintainer="${DEBFULLNAME:-tend} <${DEBEMAIL:-tend@localhost}>"
    SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date +%s)}
fi
export SOURCE_DATE_EPOCH
umask 022

rm -rf "$work"
mkdir -p "$work/debian"
${MAKE:-make} --no-print-directory -s install BUILD="$build" DESTDIR="$root" PREFIX=/usr \
    ZSH_COMPLETIONS=/usr/share/zsh/vendor-completions
program=$root/usr/bin/tend
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$program"
gzip -9n "$root/usr/share/man/man1/tend.1"

# What the README's section Changes says of this version.
changes() {
    sed -n '/^## Changes/,/^## [^C]/p' README.md |
        awk -v version="$version" '/^\*\*|^### / { ours = index($0, version) } ours && /^- /,0' |
        sed -n 's/^- /  * /p; s/^  \([^ *]\)/    \1/p' |
        fold -s -w 74 | sed -e 's/ *$//' -e '/^  /!s/^/    /'
}
mkdir -p "$doc"
{
    said=$(changes)
    printf 'tend (%s) unstable; urgency=medium\n\n%s\n\n -- %s  %s\n' "$revision" \
        "${said:-  * Version $version.}" "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.Debian.gz"
{
    printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n'
    printf 'Upstream-Name: tend\n\nFiles: *\nCopyright: %s\nLicense: Expat\n' \
        "$(sed -n 's/^Copyright (c) //p' LICENSE)"
    sed -n '/^Permission/,$p' LICENSE | sed -e 's/^$/./' -e 's/^/ /'
} >"$doc/copyright"

# The libraries it is linked with, as packages.
depends() {
    printf 'Source: tend\n\nPackage: tend\nArchitecture: any\n' >"$work/debian/control"
    if command -v dpkg-shlibdeps >/dev/null 2>&1; then
        (cd "$work" && dpkg-shlibdeps -O root/usr/bin/tend 2>/dev/null) | sed -n 's/^shlibs:Depends=//p'
    else
        readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r library; do
            file=$(ldd "$program" | awk -v library="$library" '$1 == library { print $3 }')
            dpkg -S "$file" 2>/dev/null || dpkg -S "$(readlink -f "$file")" || true
        done | sed -n 's/^\([^:, ]*\).*/\1/p' | sort -u | paste -sd, | sed 's/,/, /g'
    fi
}
depends=$(depends)
[ -n "$depends" ] || { echo "make deb: the libraries of $program are in no package" >&2; exit 1; }

mkdir -p "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<CONTROL
Package: tend
Version: $revision
Section: graphics
Priority: optional
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -ks --exclude=DEBIAN "$root" | cut -f 1)
Depends: $depends
Description: reviews, corrects and retrains hierarchical image labels
 Shows photos in a terminal beside the label path that a neural network
 predicts for them, from general to specific, with a confidence for every
 level. A person accepts or corrects it with one or two keys; the corrections
 teach the network, and better predictions come back into the same queue.
 .
 Pictures are drawn by sixel or kitty's protocol where the terminal has one,
 else by half blocks. No browser, no server; photos are neither copied nor
 changed, and nothing is sent over a network.
CONTROL
(cd "$root" && find usr -type f | LC_ALL=C sort | xargs md5sum) >"$root/DEBIAN/md5sums"

package=$out/tend_${revision}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
rm -rf "$work"
echo "$package"
