// Pictures a second of a network in ONNX Runtime: lines "mode rate", as tests/bench/speed prints them.
// FOLDER holds 1.onnx and 16.onnx: shapes that are known let it plan its memory.
//   node onnxruntime.js FOLDER SECONDS THREADS [cpu]      cpu: time of the CPU instead of time passed
const ort = require("onnxruntime-node");
const [folder, seconds, threads, cpu] = process.argv.slice(2);

function now() {
    if (cpu !== "cpu") return performance.now() / 1000;
    const used = process.cpuUsage();
    return (used.user + used.system) / 1e6;
}

async function rate(pictures) {
    const session = await ort.InferenceSession.create(folder + "/" + pictures + ".onnx", {
        intraOpNumThreads: Number(threads),
        interOpNumThreads: 1,
        executionMode: "sequential",
        graphOptimizationLevel: "all",
        enableCpuMemArena: true,
        enableMemPattern: true,
    });
    const data = new Float32Array(pictures * 3 * 224 * 224).map(() => 2 * Math.random() - 1);
    const feed = { x: new ort.Tensor("float32", data, [pictures, 3, 224, 224]) };
    for (let i = 0; i < 3; i++) await session.run(feed);
    let best = 0;
    const end = now() + Number(seconds);
    do {
        const start = now();
        await session.run(feed);
        best = Math.max(best, pictures / (now() - start));
    } while (now() < end);
    await session.release();
    return best;
}

(async () => {
    console.log("forward1 " + (await rate(1)).toFixed(2));
    console.log("forward " + (await rate(16)).toFixed(2));
})();
