# Speed of the network as ratios. Every round runs tend, PyTorch and ONNX Runtime in turn, so that a busy
# machine slows all of them; the medians of the rounds are compared. What is not installed is left out:
#   PyTorch       /usr/bin/python3 with torch and torchvision
#   ONNX Runtime  node with onnxruntime-node (ORT_NODE_PATH: folder of node_modules), and PyTorch for the export
# ROUNDS (5), SECONDS of each measurement (2), THREADS (2) may be set.
#   sh tests/bench/run.sh BUILD
set -u
build=$1
here=$(dirname "$0")
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-2} threads=${THREADS:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export NODE_PATH="${ORT_NODE_PATH:-}"

python=/usr/bin/python3
"$python" -c 'import torch, torchvision' 2>/dev/null || python=
node=
if command -v node >/dev/null && node -e 'require("onnxruntime-node")' 2>/dev/null &&
    [ -n "$python" ] && "$python" "$here/pytorch.py" export "$work/network.onnx" 2>/dev/null; then
    node=node
fi
[ -n "$python" ] || echo "PyTorch is not installed: no comparison with it"
[ -n "$node" ] || echo "ONNX Runtime (onnxruntime-node) is not installed: no comparison with it"

round=0
while [ "$round" -lt "$rounds" ]; do
    "$build/tests/bench/speed" -t "$threads" -r "$seconds" forward1 forward train blocks |
        sed 's/^/tend /' >>"$work/rates"
    [ -z "$python" ] || "$python" "$here/pytorch.py" "$seconds" "$threads" |
        sed 's/^/pytorch /' >>"$work/rates"
    [ -z "$node" ] || node "$here/onnxruntime.js" "$work/network.onnx" "$seconds" "$threads" |
        sed 's/^/onnxruntime /' >>"$work/rates"
    round=$((round + 1))
done

echo "MobileNetV2 1.0, 224 x 224, $threads threads; pictures a second, median of $rounds rounds:"
sort -k1,2 -k3n "$work/rates" | awk -v rounds="$rounds" '
    { key = $1 " " $2; value[key, ++n[key]] = $3 }
    function median(key) { return n[key] ? value[key, int((n[key] + 1) / 2)] : 0 }
    function larger(a, b) { return a > b ? a : b }
    function line(what, ours, other, name) {
        if (other) printf "%-10s tend %8.1f  %-12s %8.1f  ratio %.2f\n", what, ours, name, other, ours / other
    }
    END {
        forward = larger(median("tend forward1"), median("tend forward"))
        printf "tend       one picture at a time %.1f, 16 at a time %.1f, training %.1f, last blocks %.1f\n",
            median("tend forward1"), median("tend forward"), median("tend train"), median("tend blocks")
        line("forward", forward, larger(median("pytorch forward1"), median("pytorch forward")), "PyTorch")
        line("training", median("tend train"), median("pytorch train"), "PyTorch")
        line("forward", forward, larger(median("onnxruntime forward1"), median("onnxruntime forward")),
             "ONNX Runtime")
    }'
