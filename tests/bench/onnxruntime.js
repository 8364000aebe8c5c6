// Pictures a second of an ONNX file in ONNX Runtime: lines "mode rate".
//   node onnxruntime.js FILE SECONDS [THREADS]
const ort = require("onnxruntime-node");

async function rate(session, pictures, seconds) {
    const data = new Float32Array(pictures * 3 * 224 * 224).map(() => 2 * Math.random() - 1);
    const feed = { x: new ort.Tensor("float32", data, [pictures, 3, 224, 224]) };
    await session.run(feed);
    let best = 0;
    const end = performance.now() + seconds * 1000;
    do {
        const start = performance.now();
        await session.run(feed);
        best = Math.max(best, pictures / ((performance.now() - start) / 1000));
    } while (performance.now() < end);
    return best;
}

(async () => {
    const [file, seconds, threads] = process.argv.slice(2);
    const session = await ort.InferenceSession.create(file, {
        intraOpNumThreads: Number(threads || 2),
        graphOptimizationLevel: "all",
    });
    console.log("forward1 " + (await rate(session, 1, Number(seconds))).toFixed(2));
    console.log("forward " + (await rate(session, 16, Number(seconds))).toFixed(2));
})();
