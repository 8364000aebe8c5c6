# Networks of known families agree with the reference values in the test data, with every kind of kernel.
#   sh tests/nn/test_parity.sh BUILD
build=$1
data="${TEND_TEST_DATA:-../shared}/parity"
. "$(dirname "$0")/../check.sh"
for file in "$data"/timm-*.json "$data"/torchvision-*.json; do
    if [ ! -f "$file" ]; then
        skip "no $file"
        continue
    fi
    for cpu in avx512 avx2 plain; do
        check "$file, $cpu" env TEND_CPU=$cpu "$build/tests/nn/parity" "$file"
    done
done
finish
