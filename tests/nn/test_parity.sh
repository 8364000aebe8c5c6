# Networks of known families agree with the reference values in the test data, with every kind of kernel.
#   sh tests/nn/test_parity.sh BUILD
build=$1
data="${TEND_TEST_DATA:-../shared}/parity"
passed=0 failed=0 skipped=0
for file in "$data"/timm-*.json "$data"/torchvision-*.json; do
    if [ ! -f "$file" ]; then
        echo "SKIP no $file"
        skipped=$((skipped + 1))
        continue
    fi
    for cpu in avx512 avx2 plain; do
        if TEND_CPU=$cpu "$build/tests/nn/parity" "$file"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
        fi
    done
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
