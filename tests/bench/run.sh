# Speed of the networks as ratios. Every round runs tend, PyTorch and ONNX Runtime in turn, so that a busy
# machine slows all of them; the medians of the rounds are compared. What is not installed is left out:
#   PyTorch       /usr/bin/python3 with torch and torchvision
#   ONNX Runtime  node with onnxruntime-node (ORT_NODE_PATH: folder of node_modules), and PyTorch for the export
# May be set:
#   NETWORKS      torchvision's names, or timm's hgnetv2_b0 (default: all six of the list below)
#   ROUNDS (3), SECONDS_EACH (1) of each measurement, THREADS (2)
#   CPU=1         time of the CPU on one thread instead of time passed: for a machine that others use as well
#   LAYERS=1      no comparison: where the time goes in tend, by layer and kind of layer, one thread
#   sh tests/bench/run.sh BUILD
set -u
build=$1
here=$(dirname "$0")
networks=${NETWORKS:-mobilenet_v2 mobilenet_v3_large efficientnet_b0 regnet_y_800mf resnet18 hgnetv2_b0}
rounds=${ROUNDS:-3} seconds=${SECONDS_EACH:-1} threads=${THREADS:-2} clock=wall
[ -z "${CPU:-}" ] || { threads=1 clock=cpu; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export NODE_PATH="${ORT_NODE_PATH:-}"
unset OPENBLAS_CORETYPE # which may hold PyTorch back to an older CPU's kernels

# What torchvision calls X timm, and so tend, calls Y.
timm_name() {
    case $1 in
    mobilenet_v2) echo mobilenetv2_100 ;;
    mobilenet_v3_large) echo mobilenetv3_large_100 ;;
    mobilenet_v3_small) echo mobilenetv3_small_100 ;;
    regnet_y_400mf) echo regnety_004 ;;
    regnet_y_800mf) echo regnety_008 ;;
    *) echo "$1" ;;
    esac
}

if [ -n "${LAYERS:-}" ]; then
    for network in $networks; do
        printf '\n%s, 224 x 224, one picture, one thread\n' "$network"
        "$build/tests/bench/speed" -n "$(timm_name "$network")" -f || exit 1
    done
    exit 0
fi

python=/usr/bin/python3 node=node
"$python" -c 'import torch, torchvision' 2>/dev/null || python=
command -v node >/dev/null && node -e 'require("onnxruntime-node")' 2>/dev/null && [ -n "$python" ] || node=
[ -n "$python" ] || echo "PyTorch is not installed: no comparison with it"
[ -n "$node" ] || echo "ONNX Runtime (onnxruntime-node) is not installed: no comparison with it"

# One round of all that can run this network; lines "network runtime mode rate".
round() {
    "$build/tests/bench/speed" -n "$(timm_name "$1")" -t "$threads" -r "$seconds" ${CPU:+-c} \
        forward1 forward step 2>"$work/tend.err" | sed "s/^/$1 tend /"
    [ ! -s "$work/tend.err" ] || cat "$work/tend.err" >&2
    [ ! -f "$work/$1/16.onnx" ] ||
        node "$here/onnxruntime.js" "$work/$1" "$seconds" "$threads" "$clock" | sed "s/^/$1 onnx /"
    [ -z "$python" ] || [ ! -f "$work/$1/torchvision" ] ||
        "$python" "$here/pytorch.py" "$1" "$seconds" "$threads" "$clock" | sed "s/^/$1 pytorch /"
}

for network in $networks; do
    mkdir "$work/$network"
    [ -z "$python" ] ||
        "$python" -c "import torchvision; torchvision.models.$network" 2>/dev/null &&
        touch "$work/$network/torchvision"
    [ -z "$node" ] || [ ! -f "$work/$network/torchvision" ] ||
        "$python" "$here/pytorch.py" "$network" export "$work/$network" >/dev/null 2>&1
    i=0
    while [ "$i" -lt "$rounds" ]; do
        [ ! -t 2 ] || printf '%s: round %d of %d   \r' "$network" $((i + 1)) "$rounds" >&2
        round "$network" >>"$work/rates"
        i=$((i + 1))
    done
done

echo "224 x 224, $threads thread(s), time $([ "$clock" = cpu ] && echo "of the CPU" || echo passed);" \
    "pictures a second, median of $rounds rounds; tend/X: tend's rate through X's."
echo "1: one picture at a time; 16: sixteen; ratios of forward: the better of both, and of one picture alone."
echo "Training: whole steps of 16 pictures, batch norm with running statistics (frozen) in both; PyTorch with"
echo "the statistics of the batch beside it."
sort -k1,3 -k4n "$work/rates" | awk -v networks="$networks" '
    { key = $1 " " $2 " " $3; value[key, ++n[key]] = $4 }
    function median(key,  m) {
        m = n[key]
        return !m ? 0 : m % 2 ? value[key, (m + 1) / 2] : (value[key, m / 2] + value[key, m / 2 + 1]) / 2
    }
    function larger(a, b) { return a > b ? a : b }
    function rate(x, digits) { return x ? sprintf("%.1f", x) : "-" }
    function ratio(a, b) { return a && b ? sprintf("%.2f", a / b) : "-" }
    function log_of(name, a, b) { if (a && b) { sum[name] += log(a / b); count[name]++ } }
    function mean(name) { return count[name] ? sprintf("%.2f", exp(sum[name] / count[name])) : "-" }
    END {
        form = "%-19s %7s %7s %8s %8s %8s %8s %8s %8s %8s\n"
        printf "\n" form, "forward", "tend 1", "tend 16", "ORT 1", "ORT 16", "torch 1", "torch 16", "tend/ORT",
            "one/ORT", "tend/torch"
        many = split(networks, list, " ")
        for (i = 1; i <= many; i++) {
            t1 = median(list[i] " tend forward1"); t = median(list[i] " tend forward")
            o1 = median(list[i] " onnx forward1"); o = median(list[i] " onnx forward")
            p1 = median(list[i] " pytorch forward1"); p = median(list[i] " pytorch forward")
            best[list[i]] = larger(t1, t)
            log_of("onnx", larger(t1, t), larger(o1, o)); log_of("one", t1, o1)
            log_of("pytorch", larger(t1, t), larger(p1, p))
            printf form, list[i], rate(t1), rate(t), rate(o1), rate(o), rate(p1), rate(p),
                ratio(larger(t1, t), larger(o1, o)), ratio(t1, o1), ratio(larger(t1, t), larger(p1, p))
        }
        printf form, "geometric mean", "", "", "", "", "", "", mean("onnx"), mean("one"), mean("pytorch")
        form = "%-19s %7s %12s %12s %12s %12s\n"
        printf "\n" form, "training", "tend", "torch frozen", "torch batch", "tend/frozen", "tend/batch"
        for (i = 1; i <= many; i++) {
            t = median(list[i] " tend step"); p = median(list[i] " pytorch step")
            b = median(list[i] " pytorch step-batch"); step[list[i]] = t
            log_of("step", t, p); log_of("batch", t, b)
            printf form, list[i], rate(t), rate(p), rate(b), ratio(t, p), ratio(t, b)
        }
        printf form, "geometric mean", "", "", "", mean("step"), mean("batch")
        if (best["hgnetv2_b0"] && best["resnet18"])
            printf "\nhgnetv2_b0 is not in torchvision: %s times the pictures of resnet18 forward, %s training\n",
                ratio(best["hgnetv2_b0"], best["resnet18"]), ratio(step["hgnetv2_b0"], step["resnet18"])
    }'
