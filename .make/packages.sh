#!/bin/sh
# Makes sure that Debian packages are there: installs the missing ones through apt-get (with sudo when not
# root), or names them in one line when that does not work.
#   sh .make/packages.sh PACKAGE...
set -u

if ! command -v dpkg-query >/dev/null 2>&1; then
    exit 0 # not Debian: the compiler will say what is missing
fi
missing=
for package in "$@"; do
    case "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" in
    "install ok installed") ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1; then
        as_root=sudo
    else
        echo "Missing packages; as root: apt-get install$missing" >&2
        exit 1
    fi
fi
echo "Installing through apt-get:$missing"
log=$(mktemp)
install() {
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y --no-install-recommends $missing \
        </dev/null >"$log" 2>&1
}
if ! install; then
    $as_root apt-get update </dev/null >>"$log" 2>&1
    if ! install; then
        tail -n 5 "$log" >&2
        rm -f "$log"
        echo "Missing packages; as root: apt-get install$missing" >&2
        exit 1
    fi
fi
rm -f "$log"
